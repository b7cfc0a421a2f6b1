// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random graphs of blocks and mappings in this process's own memory: marks against a naive search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/mark.h"

enum { N = 200, N_MAPPINGS = 30, N_NODES = N + N_MAPPINGS, WORDS = 12, N_ROOTS = 20 };

/* With gaps between the blocks. The nodes of mappings follow those of the blocks. */
static uint64_t memory[N][WORDS + 4];
static uint64_t mapped[N_MAPPINGS][WORDS + 4];
static uint64_t root_words[N_ROOTS]; /* of which the second half is known already */
static struct live_block items[N];
static struct owned owned[N_MAPPINGS];
static struct root roots[N_MAPPINGS + 1 + N_ROOTS / 2];
static bool leads[N_NODES][N_NODES];

static uint64_t word_address(const uint64_t *word)
{
	return (uint64_t)(uintptr_t)word;
}

static uint64_t node_start(int node)
{
	return node < N ? items[node].start : owned[node - N].start;
}

static uint64_t node_bytes(int node)
{
	return node < N ? items[node].bytes : owned[node - N].end - owned[node - N].start;
}

/* To the start of a block or mapping, into it, behind its end, or nowhere. */
static uint64_t random_word(int *ret_to)
{
	int to = rand() % N_NODES, how = rand() % 8;

	*ret_to = how < 4 ? to : -1;
	switch (how) {
	case 0:
	case 1:
		return node_start(to);
	case 2:
		return node_start(to) + (uint64_t)rand() % node_bytes(to);
	case 3:
		return node_start(to) + node_bytes(to) - 1;
	case 4:
		return node_start(to) + node_bytes(to);
	}
	return (uint64_t)rand();
}

static void fill_node(int node, uint64_t *words, int density)
{
	int to;

	for (uint64_t w = 0; w < node_bytes(node) / 8; w++) {
		if (rand() % density)
			continue;
		words[w] = random_word(&to);
		if (to >= 0)
			leads[node][to] = true;
	}
}

static void place_nodes(void)
{
	for (int i = 0; i < N; i++)
		items[i] = (struct live_block){ word_address(memory[i]), 8 + rand() % (WORDS * 8) };
	for (int i = 0; i < N_MAPPINGS; i++) {
		owned[i] = (struct owned){ .start = word_address(mapped[i]),
					   .end = word_address(mapped[i] + 1 + rand() % WORDS),
					   .mapping = (uint32_t)i + 1 };
		roots[i] = (struct root){ .start = owned[i].start,
					  .end = owned[i].end,
					  .kind = ROOT_MAPPING,
					  .mapping = (uint32_t)i + 1 };
	}
	roots[N_MAPPINGS] = (struct root){ .start = word_address(root_words),
					   .end = word_address(root_words + N_ROOTS / 2),
					   .kind = ROOT_GLOBAL };
}

/* Fewer pointers in some rounds, so that more is lost. */
static void make_graph(bool reached[N_NODES])
{
	int density = 1 + rand() % 30, to;

	memset(memory, 0, sizeof(memory));
	memset(mapped, 0, sizeof(mapped));
	memset(root_words, 0, sizeof(root_words));
	memset(leads, 0, sizeof(leads));
	place_nodes();
	for (int i = 0; i < N_NODES; i++)
		fill_node(i, i < N ? memory[i] : mapped[i - N], density);
	for (int i = 0; i < N_ROOTS; i++) {
		root_words[i] = rand() % density ? 0 : random_word(&to);
		if (root_words[i] && to >= 0)
			reached[to] = true;
	}
}

/* Reaches, of the first N_TO nodes, what others lead to. */
static void naive_follow(bool reached[N_NODES], int n_to)
{
	bool again = true;

	while (again) {
		again = false;
		for (int i = 0; i < N_NODES; i++) {
			for (int to = 0; reached[i] && to < n_to; to++) {
				again |= leads[i][to] && !reached[to];
				reached[to] |= leads[i][to];
			}
		}
	}
}

/* Mappings that nothing leads to stay so, but what they lead to of blocks is reachable. */
static void naive_search(bool reached[N_NODES], bool mappings[N_MAPPINGS])
{
	naive_follow(reached, N_NODES);
	memcpy(mappings, reached + N, N_MAPPINGS * sizeof(*mappings));
	memset(reached + N, true, N_MAPPINGS * sizeof(*reached));
	naive_follow(reached, N);
}

/* Each lost block leads to its tree; together they are all that was not reached. */
static void check(const struct mark *mark, const bool reached[N_NODES])
{
	uint64_t behind = 0, indirect = 0;

	for (int i = 0; i < N; i++) {
		bool pointed_to = false;

		for (int from = 0; from < N; from++)
			pointed_to |= from != i && leads[from][i] && !reached[from];
		assert_int_equal(mark->blocks[i].class == CLASS_REACHABLE, reached[i]);
		if (!reached[i] && !pointed_to)
			assert_int_equal(mark->blocks[i].class, CLASS_LOST);
		if (mark->blocks[i].class == CLASS_INDIRECT)
			assert_true(pointed_to);
		indirect += mark->blocks[i].class == CLASS_INDIRECT;
		behind += mark->blocks[i].tree_blocks;
		if (reached[i])
			assert_true(mark->blocks[i].hit < mark->hits.n);
	}
	assert_int_equal(behind, indirect);
}

static void run(uint64_t tag)
{
	_cleanup_(scan_blocks_done) struct scan_blocks blocks;
	struct owned_list list;
	struct graph_request reading = { .pid = getpid(),
					 .blocks = &blocks,
					 .owned = &list,
					 .tag_mask = tag,
					 .max_pointers = 2 * N * WORDS,
					 .deadline_ns = UINT64_MAX,
					 .n_threads = 2 };
	struct graph graph;
	struct mark_request marking = { .pid = getpid(),
					.blocks = &blocks,
					.owned = &list,
					.graph = &graph,
					.roots = roots,
					.n_roots = N_MAPPINGS + 1 + N_ROOTS / 2,
					.tag_mask = tag,
					.deadline_ns = UINT64_MAX };
	bool reached[N_NODES] = { false }, mappings[N_MAPPINGS];
	struct mark mark;

	make_graph(reached);
	naive_search(reached, mappings);
	owned_init(&list, owned, N_MAPPINGS);
	for (int i = 0; tag && i < N_ROOTS; i++)
		root_words[i] |= root_words[i] ? tag : 0;
	for (int i = 0; i < N_ROOTS / 2; i++)
		roots[N_MAPPINGS + 1 + i] =
			(struct root){ .kind = i % 2 ? ROOT_REGISTER : ROOT_TEARDOWN,
				       .value = root_words[N_ROOTS / 2 + i] };
	assert_int_equal(scan_blocks_open(&blocks, items, N), 0);
	assert_int_equal(graph_read(&graph, &reading), 0);
	assert_int_equal(mark_run(&mark, &marking), 0);
	check(&mark, reached);
	for (int i = 0; i < N_MAPPINGS; i++)
		assert_int_equal(mark.mappings[i + 1].reached, mappings[i]);
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
