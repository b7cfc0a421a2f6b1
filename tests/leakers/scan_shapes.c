// SPDX-License-Identifier: BSD-2-Clause
/*
 * scan_shapes: blocks that point to each other in all ways, once held by a global variable and once
 * by nothing. Each shape has an allocating function of its own, which the truth is about.
 */
#include "truth.h"

#define SHAPE_BYTES 96
#define POINTERS    (SHAPE_BYTES / sizeof(void *))

/* Not "static": the compiler would drop variables that nobody reads. */
void *roots[16];

/* A function that allocates for one shape. */
#define MAKER(name)                                                                                \
	LEAKER void **name(void)                                                                   \
	{                                                                                          \
		return hold(calloc(1, SHAPE_BYTES));                                               \
	}

MAKER(list_lost)
MAKER(list_kept)
MAKER(tree_lost)
MAKER(tree_kept)
MAKER(ring_lost)
MAKER(ring_kept)
MAKER(shared_lost)
MAKER(inside_kept)
MAKER(behind_lost)
MAKER(middle_lost)
MAKER(freed_lost)
MAKER(dangling_lost)
MAKER(below_lost)
MAKER(grown_kept)
MAKER(mixed_kept)

LEAKER void *single_lost(size_t bytes)
{
	return hold(malloc(bytes));
}

LEAKER void *single_kept(size_t bytes)
{
	return hold(malloc(bytes));
}

LEAKER void **make_list(void **(*make)(void), int n)
{
	void **head = NULL;

	for (int i = 0; i < n; i++) {
		void **node = make();

		node[3] = head;
		head = node;
	}
	return head;
}

LEAKER void **make_tree(void **(*make)(void), int depth)
{
	void **node;

	if (!depth)
		return NULL;
	node = make();
	node[0] = make_tree(make, depth - 1);
	node[POINTERS - 1] = make_tree(make, depth - 1);
	return node;
}

LEAKER void **make_ring(void **(*make)(void), int n)
{
	void **first = make_list(make, n), **last = first;

	while (last[3])
		last = last[3];
	last[3] = first;
	return first;
}

static void leave_singles(void)
{
	single_lost(1);
	single_lost(4000);
	single_lost(300000);
	single_lost(0);
	roots[0] = single_kept(1);
	roots[1] = single_kept(300000);
	roots[2] = single_kept(0);
	truth_class("single_lost", "lost", 4, 304001);
	truth_class("single_kept", "reachable", 3, 300001);
}

static void leave_shapes(void)
{
	void **leaf;

	make_list(list_lost, 5);
	roots[3] = make_list(list_kept, 5);
	make_tree(tree_lost, 4);
	roots[4] = make_tree(tree_kept, 4);
	make_ring(ring_lost, 3);
	roots[5] = make_ring(ring_kept, 3);
	leaf = shared_lost();
	*shared_lost() = leaf;
	*shared_lost() = leaf;
	truth_class("list_lost", "lost", 1, SHAPE_BYTES);
	truth_class("list_lost", "indirect", 4, 4 * SHAPE_BYTES);
	truth_class("list_kept", "reachable", 5, 5 * SHAPE_BYTES);
	truth_class("tree_lost", "lost", 1, SHAPE_BYTES);
	truth_class("tree_lost", "indirect", 14, 14 * SHAPE_BYTES);
	truth_class("tree_kept", "reachable", 15, 15 * SHAPE_BYTES);
	truth_class("ring_lost", "lost", 1, SHAPE_BYTES);
	truth_class("ring_lost", "indirect", 2, 2 * SHAPE_BYTES);
	truth_class("ring_kept", "reachable", 3, 3 * SHAPE_BYTES);
	truth_class("shared_lost", "lost", 2, 2 * SHAPE_BYTES);
	truth_class("shared_lost", "indirect", 1, SHAPE_BYTES);
}

/* Pointers into a block keep it, those behind it do not, and unaligned ones are none. */
static void leave_inside(void)
{
	void *unaligned = middle_lost();
	static char packed[32];

	roots[6] = (char *)inside_kept() + 1;
	roots[7] = (char *)inside_kept() + SHAPE_BYTES - 1;
	roots[8] = (char *)behind_lost() + SHAPE_BYTES;
	memcpy(hold(packed + 3), &unaligned, sizeof(unaligned));
	unaligned = NULL;
	roots[9] = make_list(mixed_kept, 2) + 4;
	truth_class("inside_kept", "reachable", 2, 2 * SHAPE_BYTES);
	truth_class("behind_lost", "lost", 1, SHAPE_BYTES);
	truth_class("middle_lost", "lost", 1, SHAPE_BYTES);
	truth_class("mixed_kept", "reachable", 2, 2 * SHAPE_BYTES);
}

/* The memory of a freed block still has the pointer; so has the variable that led to it. */
static void leave_freed(void)
{
	void **holder = hold(malloc(2000));
	void **dangling = hold(malloc(3000));

	holder[100] = freed_lost();
	free(hold(holder));
	dangling[100] = dangling_lost();
	roots[10] = dangling;
	free(hold(dangling));
	truth_class("freed_lost", "lost", 1, SHAPE_BYTES);
	truth_class("dangling_lost", "lost", 1, SHAPE_BYTES);
}

/* What is left of a function that has returned. */
LEAKER void leave_below(void)
{
	void *volatile deep[2000];

	for (int i = 0; i < 2000; i++)
		deep[i] = NULL;
	deep[10] = deep[1000] = deep[1990] = below_lost();
	(void)deep;
	truth_class("below_lost", "lost", 1, SHAPE_BYTES);
}

/* A block that moves, and another that only it leads to. */
LEAKER void leave_grown(void)
{
	void **block = grown_kept();

	block[2] = grown_kept();
	roots[11] = hold(realloc(block, SHAPE_BYTES));
	truth_class("grown_kept", "reachable", 1, SHAPE_BYTES);
	truth_class("leave_grown", "reachable", 1, SHAPE_BYTES);
}

int main(void)
{
	truth_begin();
	leave_singles();
	leave_shapes();
	leave_inside();
	leave_freed();
	leave_below();
	leave_grown();
	truth_end();
	return 0;
}
