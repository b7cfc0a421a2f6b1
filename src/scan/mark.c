// SPDX-License-Identifier: BSD-2-Clause
/* Mark and sort: see mark.h. */
#include "scan/mark.h"

#include <errno.h>
#include <stdlib.h>

#include "scan/memory.h"

enum {
	FLAG_POINTED_TO = 1, /* by another one that was not reached */
	FLAG_SEEN = 2,	     /* it has its place in a tree */
};

struct marking {
	struct mark *mark;
	const struct mark_request *request;
	/* Roots by the mapping they are part of: those of M are by_mapping[first[M]...] */
	uint32_t *by_mapping;
	uint32_t *first;
	VEC(uint32_t) queue; /* mappings whose roots are to be read, 0 for those of none */
	/* Where reading the roots is. */
	size_t n_taken;	    /* of the queue */
	uint32_t root, end; /* in by_mapping */
	bool inside;
	uint64_t at;
	uint32_t block;	    /* the first one that ends behind AT */
	VEC(uint32_t) todo; /* blocks whose pointers are to be followed */
	uint8_t *flags;	    /* of blocks that were not reached: FLAG_... */
	bool blocks_only;   /* what is left are mappings that were not reached */
};

/* A pointer from HIT to a block: the first way to it is remembered. */
static int marking_reach(struct marking *marking, uint32_t to, bool interior, uint32_t hit)
{
	struct block_verdict *block = &marking->mark->blocks[to];

	if (!interior)
		block->interior_only = false;
	if (block->class == CLASS_REACHABLE)
		return 0;
	block->class = CLASS_REACHABLE;
	block->hit = hit;
	return vec_push(&marking->todo, to);
}

/* The same for a mapping: its roots count from now on. */
static int marking_reach_mapping(struct marking *marking, uint32_t mapping, uint32_t hit)
{
	struct mark_mapping *to = &marking->mark->mappings[mapping];

	if (to->reached || marking->blocks_only)
		return 0;
	*to = (struct mark_mapping){ true, hit };
	return vec_push(&marking->queue, mapping);
}

/* A word of a root that may point to a mapping. */
static int marking_mapping_word(struct marking *marking, struct root_hit hit, uint64_t value)
{
	uint32_t mapping = owned_mapping(marking->request->owned, value);

	if (!mapping || marking->mark->mappings[mapping].reached || marking->blocks_only ||
	    marking->request->roots[hit.root].blocks_only)
		return 0;
	if (vec_push(&marking->mark->hits, hit) < 0)
		return -ENOMEM;
	return marking_reach_mapping(marking, mapping, (uint32_t)marking->mark->hits.n - 1);
}

/* A word of a root. */
static int marking_word(struct marking *marking, uint32_t root, uint64_t address, uint64_t word)
{
	const struct scan_blocks *blocks = marking->request->blocks;
	uint64_t value = word & ~marking->request->tag_mask;
	uint32_t to = scan_blocks_find(blocks, value);
	struct root_hit hit = { root, address };
	bool interior;

	if (marking_mapping_word(marking, hit, value) < 0)
		return -ENOMEM;
	if (to == BLOCK_NONE)
		return 0;
	interior = blocks->items[to].start != value;
	if (interior && marking->request->roots[root].starts_only)
		return 0;
	if (marking->mark->blocks[to].class != CLASS_REACHABLE &&
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
		const struct live_block *block =
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

/* False when the roots of all mappings in the queue have been taken. */
static bool marking_next_root(struct marking *marking)
{
	while (marking->root == marking->end) {
		uint32_t mapping;

		if (marking->n_taken == marking->queue.n)
			return false;
		mapping = marking->queue.items[marking->n_taken++];
		marking->root = marking->first[mapping];
		marking->end = marking->first[mapping + 1];
	}
	return true;
}

static int root_next(void *data, struct memory_piece *ret)
{
	struct marking *marking = data;
	const struct mark_request *request = marking->request;

	while (marking_next_root(marking)) {
		const struct root *root = &request->roots[marking->by_mapping[marking->root]];

		if (root_is_word(root)) {
			marking->root++;
			continue;
		}
		if (!marking->inside) {
			marking->inside = true;
			marking->at = root->start;
			marking->block = first_block_behind(request->blocks, root->start);
		}
		ret->id = marking->by_mapping[marking->root];
		if (root_stretch(marking, root, ret))
			return 1;
		marking->inside = false;
		marking->root++;
	}
	return 0;
}

static int root_visit(void *data, uint32_t id, uint64_t address, const uint64_t *words, size_t n)
{
	const struct mark_request *request = ((struct marking *)data)->request;
	const struct scan_blocks *blocks = request->blocks;
	const struct owned_list *owned = request->owned;
	uint64_t mask = ~request->tag_mask;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		uint64_t value = words[i] & mask;

		if (value - blocks->least < blocks->end - blocks->least ||
		    value - owned->least < owned->end - owned->least)
			r = marking_word(data, id, address + i * sizeof(*words), words[i]);
	}
	return r;
}

/* Follows pointers from what has been reached until nothing new is. */
static int marking_follow(struct marking *marking)
{
	uint32_t n_blocks = marking->request->blocks->n;
	int r = 0;

	while (r == 0 && marking->todo.n) {
		uint32_t from = marking->todo.items[--marking->todo.n];
		uint32_t hit = marking->mark->blocks[from].hit;
		size_t n;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n);

		for (size_t i = 0; r == 0 && i < n; i++) {
			uint32_t block = GRAPH_BLOCK(to[i]);

			if (block < n_blocks)
				r = marking_reach(marking, block, to[i] & GRAPH_INTERIOR, hit);
			else
				r = marking_reach_mapping(marking, block - n_blocks + 1, hit);
		}
	}
	return r;
}

/* Reads the roots of the mappings in the queue, and of those that are reached by it. */
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
	int r;

	do {
		r = memory_read(&reader);
		if (r == 0)
			r = marking_follow(marking);
	} while (r == 0 && marking_next_root(marking));
	marking->mark->n_unreadable_pages += reader.n_unreadable_pages;
	return r;
}

static int marking_words(struct marking *marking, enum root_kind kind)
{
	const struct mark_request *request = marking->request;
	int r = 0;

	for (size_t i = 0; i < request->n_roots && r >= 0; i++) {
		if (request->roots[i].kind == kind)
			r = marking_word(marking, (uint32_t)i, 0, request->roots[i].value);
	}
	return r;
}

/* All that is not reached from what the program is known to use; then from the rest as well. */
static int marking_reached(struct marking *marking)
{
	uint32_t n = marking->request->owned->n_mappings;
	int r = vec_push(&marking->queue, 0);

	if (r == 0)
		r = marking_words(marking, ROOT_REGISTER);
	if (r == 0)
		r = marking_roots(marking);
	/* Only what nothing else leads to is said to be reachable by these. */
	if (r == 0)
		r = marking_words(marking, ROOT_TEARDOWN);
	if (r == 0)
		r = marking_roots(marking);
	marking->blocks_only = true;
	for (uint32_t i = 1; r == 0 && i <= n; i++) {
		if (!marking->mark->mappings[i].reached)
			r = vec_push(&marking->queue, i);
	}
	return r == 0 ? marking_roots(marking) : r;
}

/* Sorts the roots by mapping, in the order in which they lie in memory. */
static int marking_sort_roots(struct marking *marking)
{
	const struct mark_request *request = marking->request;
	uint32_t n_mappings = request->owned->n_mappings;

	marking->first = calloc((size_t)n_mappings + 3, sizeof(*marking->first));
	marking->by_mapping = calloc(request->n_roots + 1, sizeof(*marking->by_mapping));
	if (!marking->first || !marking->by_mapping)
		return -ENOMEM;
	for (size_t i = 0; i < request->n_roots; i++)
		marking->first[request->roots[i].mapping + 2]++;
	for (uint32_t i = 2; i <= n_mappings + 2; i++)
		marking->first[i] += marking->first[i - 1];
	/* Each entry moves on to the beginning of the next one's. */
	for (size_t i = 0; i < request->n_roots; i++)
		marking->by_mapping[marking->first[request->roots[i].mapping + 1]++] = (uint32_t)i;
	return 0;
}

/* Gives to the lost block LEADER all that it leads to and that nobody has yet. */
static int marking_claim(struct marking *marking, uint32_t leader)
{
	struct block_verdict *blocks = marking->mark->blocks;

	marking->flags[leader] |= FLAG_SEEN;
	if (vec_push(&marking->todo, leader) < 0)
		return -ENOMEM;
	while (marking->todo.n) {
		uint32_t from = marking->todo.items[--marking->todo.n];
		size_t n;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n);

		for (size_t i = 0; i < n; i++) {
			uint32_t block = GRAPH_BLOCK(to[i]);

			if (block >= marking->request->blocks->n)
				continue;
			if (blocks[block].class == CLASS_REACHABLE ||
			    marking->flags[block] & FLAG_SEEN)
				continue;
			marking->flags[block] |= FLAG_SEEN;
			blocks[block].class = CLASS_INDIRECT;
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
	struct block_verdict *blocks = marking->mark->blocks;

	marking->flags = calloc((size_t)n + 1, sizeof(*marking->flags));
	if (!marking->flags)
		return -ENOMEM;
	for (uint32_t from = 0; from < n; from++) {
		size_t n_to;
		const uint32_t *to = graph_pointers(marking->request->graph, from, &n_to);

		for (size_t i = 0; blocks[from].class != CLASS_REACHABLE && i < n_to; i++) {
			if (GRAPH_BLOCK(to[i]) >= n)
				continue;
			marking->flags[GRAPH_BLOCK(to[i])] |= FLAG_POINTED_TO;
			if (!(to[i] & GRAPH_INTERIOR))
				blocks[GRAPH_BLOCK(to[i])].interior_only = false;
		}
	}
	for (int rings = 0; rings < 2; rings++) {
		for (uint32_t i = 0; i < n; i++) {
			if (blocks[i].class == CLASS_REACHABLE || marking->flags[i] & FLAG_SEEN ||
			    (!rings && marking->flags[i] & FLAG_POINTED_TO))
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
	mark->mappings = calloc((size_t)request->owned->n_mappings + 1, sizeof(*mark->mappings));
	if (!mark->blocks || !mark->mappings)
		return -ENOMEM;
	for (uint32_t i = 0; i < request->blocks->n; i++)
		mark->blocks[i] =
			(struct block_verdict){ .address = request->blocks->items[i].start,
						.hit = VERDICT_NO_HIT,
						.class = CLASS_LOST,
						.interior_only = true };
	r = marking_sort_roots(&marking);
	if (r == 0)
		r = marking_reached(&marking);
	if (r == 0)
		r = marking_sort(&marking);
	vec_done(&marking.todo);
	vec_done(&marking.queue);
	free(marking.flags);
	free(marking.by_mapping);
	free(marking.first);
	return r;
}

void mark_done(struct mark *mark)
{
	free(mark->blocks);
	free(mark->mappings);
	vec_done(&mark->hits);
}
