// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes recordings that no run has to make: "make FILE" the one of tests/unit/store/sample.h, "make
 * FILE N" one with N call sites of as many stacks, in one process out of a thousand each, to see
 * what reading costs.
 */
#include <inttypes.h>

#include "../unit/store/sample.h"
#include "store/store.h"

enum { DEPTH = 12, PLACES = 100000, PROCESSES = 1000 };

/* Reproducible, and unlike anything in order. */
static uint64_t scramble(uint64_t n)
{
	n = (n ^ n >> 31) * 0x9e3779b97f4a7c15;
	return n ^ n >> 29;
}

static void add_site(struct sample *sample, uint64_t i)
{
	struct place places[DEPTH] = { 0 };
	struct object block = { .address = 0x7f0000000000 + i * 64, .bytes = 16 + i % 4096 };
	struct site_key key = { .process = 4 + (uint32_t)(i % PROCESSES), .class = CLASS_LOST };
	struct stack *stack;

	for (uint64_t k = 0; k < DEPTH; k++)
		places[k] = (struct place){ .module = 1,
					    .offset = 0x1000 + scramble(i + k) % PLACES };
	must(stacks_intern(&sample->stacks, places, DEPTH, STACK_COMPLETE, &stack));
	key.stack = stack->id;
	sample_hold(sample, key, 1 + i % 2, &block);
}

static void add_many(struct sample *sample, uint64_t n)
{
	for (uint32_t i = 0; i < PROCESSES; i++)
		sample_process(sample, 1000 + i, 0);
	for (uint64_t offset = 0x1000; offset < 0x1000 + PLACES; offset++)
		sample_symbol(sample, offset, 0);
	for (uint64_t i = 0; i < n; i++)
		add_site(sample, i);
}

int main(int argc, char **argv)
{
	struct diag diag = { 0 };
	struct store *store = NULL;
	struct sample sample;
	int r;

	if (argc < 2)
		return 2;
	sample_init(&sample, MODE_RUN);
	if (argc > 2)
		add_many(&sample, strtoull(argv[2], NULL, 10));
	r = store_open(argv[1], &store, &diag);
	if (r == 0)
		r = store_finish(store, &sample.result, &diag);
	diag_print(&diag, stderr);
	store_close(store);
	sample_done(&sample);
	return r < 0;
}
