// SPDX-License-Identifier: BSD-2-Clause
/* Random graphs of blocks in this process's own memory: marks against a naive search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/mark.h"

enum { N = 200, WORDS = 12, N_ROOTS = 20 };

static uint64_t memory[N][WORDS + 4]; /* with gaps between the blocks */
static uint64_t root_words[N_ROOTS];
static struct scan_block items[N];
static bool leads[N][N];

static uint64_t word_address(const uint64_t *word)
{
	return (uint64_t)(uintptr_t)word;
}

/* To the start of a block, into it, behind its end, or nowhere. */
static uint64_t random_word(int *ret_to)
{
	int to = rand() % N, how = rand() % 8;

	*ret_to = how < 4 ? to : -1;
	switch (how) {
	case 0:
	case 1:
		return items[to].start;
	case 2:
		return items[to].start + (uint64_t)rand() % items[to].bytes;
	case 3:
		return items[to].start + items[to].bytes - 1;
	case 4:
		return items[to].start + items[to].bytes;
	}
	return (uint64_t)rand();
}

/* Fewer pointers in some rounds, so that more is lost. */
static void make_graph(bool reached[N])
{
	int density = 1 + rand() % 30, to;

	memset(memory, 0, sizeof(memory));
	memset(root_words, 0, sizeof(root_words));
	memset(leads, 0, sizeof(leads));
	for (int i = 0; i < N; i++)
		items[i] = (struct scan_block){ word_address(memory[i]), 8 + rand() % (WORDS * 8) };
	for (int i = 0; i < N; i++) {
		for (uint64_t w = 0; w < items[i].bytes / 8; w++) {
			if (rand() % density)
				continue;
			memory[i][w] = random_word(&to);
			if (to >= 0)
				leads[i][to] = true;
		}
	}
	for (int i = 0; i < N_ROOTS; i++) {
		root_words[i] = rand() % density ? 0 : random_word(&to);
		if (root_words[i] && to >= 0)
			reached[to] = true;
	}
}

static void naive_follow(bool reached[N])
{
	bool again = true;

	while (again) {
		again = false;
		for (int i = 0; i < N; i++) {
			for (int to = 0; reached[i] && to < N; to++) {
				again |= leads[i][to] && !reached[to];
				reached[to] |= leads[i][to];
			}
		}
	}
}

/* Each lost block leads to its tree; together they are all that was not reached. */
static void check(const struct mark *mark, const bool reached[N])
{
	uint64_t behind = 0, indirect = 0;

	for (int i = 0; i < N; i++) {
		bool pointed_to = false;

		for (int from = 0; from < N; from++)
			pointed_to |= from != i && leads[from][i] && !reached[from];
		assert_int_equal(mark->blocks[i].class == MARK_REACHABLE, reached[i]);
		if (!reached[i] && !pointed_to)
			assert_int_equal(mark->blocks[i].class, MARK_LOST);
		if (mark->blocks[i].class == MARK_INDIRECT)
			assert_true(pointed_to);
		indirect += mark->blocks[i].class == MARK_INDIRECT;
		behind += mark->blocks[i].tree_blocks;
		if (reached[i])
			assert_true(mark->blocks[i].hit < mark->hits.n);
	}
	assert_int_equal(behind, indirect);
}

static void run(uint64_t tag)
{
	_cleanup_(scan_blocks_done) struct scan_blocks blocks;
	const struct root root = { .start = word_address(root_words),
				   .end = word_address(root_words + N_ROOTS),
				   .kind = ROOT_MAPPING };
	struct graph_request reading = { .pid = getpid(),
					 .blocks = &blocks,
					 .tag_mask = tag,
					 .max_pointers = N * WORDS,
					 .deadline_ns = UINT64_MAX,
					 .n_threads = 2 };
	struct graph graph;
	struct mark_request marking = { .pid = getpid(),
					.blocks = &blocks,
					.graph = &graph,
					.roots = &root,
					.n_roots = 1,
					.tag_mask = tag,
					.deadline_ns = UINT64_MAX };
	bool reached[N] = { false };
	struct mark mark;

	make_graph(reached);
	naive_follow(reached);
	for (int i = 0; tag && i < N_ROOTS; i++)
		root_words[i] |= root_words[i] ? tag : 0;
	assert_int_equal(scan_blocks_open(&blocks, items, N), 0);
	assert_int_equal(graph_read(&graph, &reading), 0);
	assert_int_equal(mark_run(&mark, &marking), 0);
	check(&mark, reached);
	mark_done(&mark);
	graph_done(&graph);
}

static void test_random(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++)
		run(0);
}

static void test_tags(void **state)
{
	(void)state;
	srand(2);
	for (int round = 0; round < 50; round++)
		run(0xffff000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
