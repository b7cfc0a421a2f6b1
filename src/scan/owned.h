/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory whose use is known from how it was mapped. What the program has mapped for itself are
 * mappings with a number: whether a pointer leads to them is asked, as it is for blocks.
 */
#ifndef LT_SCAN_OWNED_H
#define LT_SCAN_OWNED_H

#include <stddef.h>
#include <stdint.h>

enum owner {
	OWNER_PROGRAM,
	OWNER_ALLOCATOR, /* mapped inside an allocator call */
	OWNER_STACK,	 /* of a thread, of which it may be the last trace */
};

struct owned {
	uint64_t start, end;
	enum owner owner;
	uint32_t mapping; /* its number, from 1 on; parts of one have the same; 0: nobody asks */
};

struct owned_list {
	const struct owned *items; /* not owned; sorted by start, without overlaps */
	size_t n;
	uint32_t n_mappings;
	uint64_t least, end; /* all that have a number are in [least, end) */
};

/* Takes N items as they are. */
void owned_init(struct owned_list *list, const struct owned *items, size_t n);

/* Used when ADDRESS is between the first and the last mapping. */
uint32_t owned_search(const struct owned_list *list, uint64_t address);

/* The number of the mapping that holds ADDRESS, or 0. */
static inline uint32_t owned_mapping(const struct owned_list *list, uint64_t address)
{
	if (address - list->least >= list->end - list->least)
		return 0;
	return owned_search(list, address);
}

#endif
