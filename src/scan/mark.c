// SPDX-License-Identifier: BSD-2-Clause
/* Mark and sort: see mark.h. */
#include "scan/mark.h"

#include <errno.h>
#include <stdlib.h>

#include "scan/memory.h"

struct marking {
	struct mark *mark;
	const struct mark_request *request;
	/* Where reading the roots is. */
	size_t root;
	bool inside;
	uint64_t at;
	uint32_t block;	    /* the first one that ends behind AT */
	VEC(uint32_t) todo; /* blocks whose pointers are to be followed */
};

/* A pointer from HIT to a block: the first way to it is remembered. */
static int marking_reach(struct marking *marking, uint32_t to, bool interior, uint32_t hit)
{
	struct mark_block *block = &marking->mark->blocks[to];

	if (!interior)
		block->interior_only = false;
	if (block->class == MARK_REACHABLE)
		return 0;
	block->class = MARK_REACHABLE;
	block->hit = hit;
	return vec_push(&marking->todo, to);
}

/* A word of a root. */
static int marking_word(struct marking *marking, uint32_t root, uint64_t address, uint64_t word)
{
	const struct scan_blocks *blocks = marking->request->blocks;
	uint64_t value = word & ~marking->request->tag_mask;
	uint32_t to = scan_blocks_find(blocks, value);
	struct mark_hit hit = { root, address };
	bool interior;

	if (to == BLOCK_NONE)
		return 0;
	interior = blocks->items[to].start != value;
	if (interior && marking->request->roots[root].starts_only)
		return 0;
	if (marking->mark->blocks[to].class != MARK_REACHABLE &&
	    vec_push(&marking->mark->hits, hit) < 0)
		return -ENOMEM;
	return marking_reach(marking, to, interior, (uint32_t)marking->mark->hits.n - 1);
}

/* The index of the first block that ends behind ADDRESS. */
static uint32_t first_block_behind(const struct scan_blocks *blocks, uint64_t address)
{
	uint32_t low = 0, high = blocks->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (blocks->items[middle].start + blocks->items[middle].bytes <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The next stretch of ROOT, from marking->at on, that is in no live block; false: it is over. */
static bool root_stretch(struct marking *marking, const struct root *root, struct memory_piece *ret)
{
	const struct scan_blocks *blocks = marking->request->blocks;

	while (marking->at < root->end) {
		const struct scan_block *block =
			marking->block < blocks->n ? &blocks->items[marking->block] : NULL;
		uint64_t end = block && block->start < root->end ? block->start : root->end;

		ret->start = marking->at;
		ret->end = end;
		marking->at = root->end;
		if (block && end == block->start) {
			marking->at = block->start + block->bytes;
			marking->block++;
		}
		if (ret->start < ret->end)
			return true;
	}
	return false;
}

static int root_next(void *data, struct memory_piece *ret)
{
	struct marking *marking = data;
	const struct mark_request *request = marking->request;

	for (; marking->root < request->n_roots; marking->root++) {
		const struct root *root = &request->roots[marking->root];

		if (root->kind == ROOT_REGISTER)
			continue;
		if (!marking->inside) {
			marking->inside = true;
			marking->at = root->start;
			marking->block = first_block_behind(request->blocks, root->start);
		}
		ret->id = (uint32_t)marking->root;
		if (root_stretch(marking, root, ret))
			return 1;
		marking->inside = false;
	}
	return 0;
}

static int root_visit(void *data, uint32_t id, uint64_t address, const uint64_t *words, size_t n)
{
	const struct scan_blocks *blocks = ((struct marking *)data)->request->blocks;
	uint64_t mask = ~((struct marking *)data)->request->tag_mask;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		if ((words[i] & mask) - blocks->least < blocks->end - blocks->least)
			r = marking_word(data, id, address + i * sizeof(*words), words[i]);
	}
	return r;
}

static int marking_roots(struct marking *marking)
{
	const struct mark_request *request = marking->request;
	struct memory_reader reader = {
		.pid = request->pid,
		.deadline_ns = request->deadline_ns,
		.next = root_next,
		.visit = root_visit,
		.data = marking,
	};
	int r = 0;

	for (size_t i = 0; i < request->n_roots && r >= 0; i++) {
		if (request->roots[i].kind == ROOT_REGISTER)
			r = marking_word(marking, (uint32_t)i, 0, request->roots[i].value);
	}
	if (r == 0)
		r = memory_read(&reader);
	marking->mark->n_unreadable_pages = reader.n_unreadable_pages;
	return r;
}

/* Follows pointers from what has been reached until nothing new is. */
static int marking_follow(struct marking *marking)
{
	while (marking->todo.n) {
		uint32_t from = marking->todo.items[--marking->todo.n];
		uint32_t hit = marking->mark->blocks[from].hit;
		size_t n;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n);

		for (size_t i = 0; i < n; i++) {
			int r = marking_reach(marking, GRAPH_BLOCK(to[i]), to[i] & GRAPH_INTERIOR,
					      hit);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Gives to the lost block LEADER all that it leads to and that nobody has yet. */
static int marking_claim(struct marking *marking, uint32_t leader)
{
	struct mark_block *blocks = marking->mark->blocks;

	blocks[leader].seen = true;
	if (vec_push(&marking->todo, leader) < 0)
		return -ENOMEM;
	while (marking->todo.n) {
		uint32_t from = marking->todo.items[--marking->todo.n];
		size_t n;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n);

		for (size_t i = 0; i < n; i++) {
			uint32_t block = GRAPH_BLOCK(to[i]);

			if (blocks[block].class == MARK_REACHABLE || blocks[block].seen)
				continue;
			blocks[block].seen = true;
			blocks[block].class = MARK_INDIRECT;
			blocks[leader].tree_blocks++;
			blocks[leader].tree_bytes += marking->request->blocks->items[block].bytes;
			if (vec_push(&marking->todo, block) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

/*
 * Of the blocks that were not reached, those that no other one points to are lost. What is left
 * then are rings: of each, the first block in memory stands for it.
 */
static int marking_sort(struct marking *marking)
{
	uint32_t n = marking->request->blocks->n;
	struct mark_block *blocks = marking->mark->blocks;
	_cleanup_free_ bool *pointed_to = calloc((size_t)n + 1, sizeof(*pointed_to));

	if (!pointed_to)
		return -ENOMEM;
	for (uint32_t from = 0; from < n; from++) {
		size_t n_to;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n_to);

		for (size_t i = 0; blocks[from].class != MARK_REACHABLE && i < n_to; i++) {
			pointed_to[GRAPH_BLOCK(to[i])] = true;
			if (!(to[i] & GRAPH_INTERIOR))
				blocks[GRAPH_BLOCK(to[i])].interior_only = false;
		}
	}
	for (int rings = 0; rings < 2; rings++) {
		for (uint32_t i = 0; i < n; i++) {
			if (blocks[i].class == MARK_REACHABLE || blocks[i].seen ||
			    (!rings && pointed_to[i]))
				continue;
			if (marking_claim(marking, i) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int mark_run(struct mark *mark, const struct mark_request *request)
{
	struct marking marking = { .mark = mark, .request = request };
	int r;

	*mark = (struct mark){ 0 };
	mark->blocks = calloc((size_t)request->blocks->n + 1, sizeof(*mark->blocks));
	if (!mark->blocks)
		return -ENOMEM;
	for (uint32_t i = 0; i < request->blocks->n; i++)
		mark->blocks[i] = (struct mark_block){ .hit = MARK_NO_HIT,
						       .class = MARK_LOST,
						       .interior_only = true };
	r = marking_roots(&marking);
	if (r == 0)
		r = marking_follow(&marking);
	if (r == 0)
		r = marking_sort(&marking);
	vec_done(&marking.todo);
	return r;
}

void mark_done(struct mark *mark)
{
	free(mark->blocks);
	vec_done(&mark->hits);
}
