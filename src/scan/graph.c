// SPDX-License-Identifier: BSD-2-Clause
/* Reading the pointers between blocks: see graph.h. */
#include "scan/graph.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "scan/memory.h"

/* The work of one thread. */
struct reading {
	const struct graph_request *request;
	struct graph_part *part;
	uint32_t next;	  /* block to read */
	uint32_t current; /* block whose pointers are being added */
	uint64_t max_pointers;
	struct memory_reader reader;
	int result;
};

static int reading_next(void *data, struct memory_piece *ret)
{
	struct reading *reading = data;
	const struct live_block *block;

	if (reading->next == reading->part->end)
		return 0;
	block = &reading->request->blocks->items[reading->next];
	*ret = (struct memory_piece){ block->start, block->start + block->bytes, reading->next++ };
	return 1;
}

/* The pointers of BLOCK come next: those of the blocks before it are complete. */
static void reading_advance(struct reading *reading, uint32_t block)
{
	while (reading->current < block) {
		reading->current++;
		reading->part->first[reading->current - reading->part->begin] =
			(uint32_t)reading->part->to.n;
	}
}

static int reading_add(struct reading *reading, uint32_t to)
{
	if (reading->part->to.n == reading->max_pointers)
		return -E2BIG;
	return vec_push(&reading->part->to, to);
}

static int reading_visit(void *data, uint32_t id, uint64_t address, const uint64_t *words, size_t n)
{
	struct reading *reading = data;
	const struct scan_blocks *blocks = reading->request->blocks;
	uint64_t mask = ~reading->request->tag_mask;
	uint32_t last = id, last_mapping = 0; /* a pointer to itself says nothing */
	int r = 0;

	(void)address;
	reading_advance(reading, id);
	for (size_t i = 0; i < n && r == 0; i++) {
		uint64_t value = words[i] & mask;
		uint32_t mapping = owned_mapping(reading->request->owned, value);
		uint32_t to = scan_blocks_find(blocks, value);

		if (mapping && mapping != last_mapping)
			r = reading_add(reading, blocks->n + mapping - 1);
		last_mapping = mapping ?: last_mapping;
		if (to == BLOCK_NONE || to == last || to == id)
			continue;
		last = blocks->items[to].start == value ? to : BLOCK_NONE;
		if (blocks->items[to].start != value)
			to |= GRAPH_INTERIOR;
		if (r == 0)
			r = reading_add(reading, to);
	}
	return r;
}

static void *reading_run(void *data)
{
	struct reading *reading = data;
	struct graph_part *part = reading->part;

	part->first = calloc((size_t)(part->end - part->begin) + 1, sizeof(*part->first));
	if (!part->first) {
		reading->result = -ENOMEM;
		return NULL;
	}
	reading->reader = (struct memory_reader){
		.pid = reading->request->pid,
		.deadline_ns = reading->request->deadline_ns,
		.next = reading_next,
		.visit = reading_visit,
		.data = reading,
	};
	reading->result = memory_read(&reading->reader);
	reading_advance(reading, part->end);
	return NULL;
}

/* Parts of about the same number of bytes. */
static void graph_divide(struct graph *graph, const struct graph_request *request)
{
	const struct scan_blocks *blocks = request->blocks;
	unsigned n = request->n_threads < GRAPH_MAX_PARTS ? request->n_threads : GRAPH_MAX_PARTS;
	uint64_t bytes = 0, share;
	uint32_t block = 0;

	for (uint32_t i = 0; i < blocks->n; i++)
		bytes += blocks->items[i].bytes;
	/* A thread costs more than it saves on little memory. */
	graph->n_parts = n && bytes >= 4u << 20 ? n : 1;
	share = bytes / graph->n_parts + 1;
	for (unsigned p = 0; p < graph->n_parts; p++) {
		uint64_t sum = 0;

		graph->parts[p].begin = block;
		while (block < blocks->n && (sum < share || p + 1 == graph->n_parts))
			sum += blocks->items[block++].bytes;
		graph->parts[p].end = block;
	}
}

int graph_read(struct graph *graph, const struct graph_request *request)
{
	struct reading readings[GRAPH_MAX_PARTS] = { 0 };
	pthread_t threads[GRAPH_MAX_PARTS];
	bool started[GRAPH_MAX_PARTS] = { false };
	int r = 0;

	*graph = (struct graph){ 0 };
	graph_divide(graph, request);
	for (unsigned p = 0; p < graph->n_parts; p++) {
		readings[p] = (struct reading){
			.request = request,
			.part = &graph->parts[p],
			.next = graph->parts[p].begin,
			.current = graph->parts[p].begin,
			.max_pointers = request->max_pointers / graph->n_parts,
		};
		started[p] = p && pthread_create(&threads[p], NULL, reading_run, &readings[p]) == 0;
	}
	for (unsigned p = 0; p < graph->n_parts; p++) {
		if (started[p])
			pthread_join(threads[p], NULL);
		else
			reading_run(&readings[p]);
		if (r == 0)
			r = readings[p].result;
		graph->n_unreadable_pages += readings[p].reader.n_unreadable_pages;
	}
	return r;
}

void graph_done(struct graph *graph)
{
	for (unsigned p = 0; p < graph->n_parts; p++) {
		vec_done(&graph->parts[p].to);
		free(graph->parts[p].first);
	}
}

const uint32_t *graph_pointers(const struct graph *graph, uint32_t block, size_t *ret_n)
{
	const struct graph_part *part = graph->parts;

	while (block >= part->end)
		part++;
	*ret_n = part->first[block - part->begin + 1] - part->first[block - part->begin];
	return part->to.items + part->first[block - part->begin];
}
