/* SPDX-License-Identifier: BSD-2-Clause */
/* Address ranges that may nest, each with a number: which is the innermost that holds a place? */
#ifndef LT_SYMBOL_RANGES_H
#define LT_SYMBOL_RANGES_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct range {
	uint64_t lo;
	uint64_t hi;	 /* behind the last byte */
	uint64_t max_hi; /* of this range and all before it: where a search can stop */
	uint64_t value;
	uint32_t rank; /* of two ranges that start together, the lower rank is found */
};

struct ranges {
	VEC(struct range) list;
};

void ranges_done(struct ranges *ranges);

/* Adds [LO, HI); an empty or reversed range is left out. */
int ranges_add(struct ranges *ranges, uint64_t lo, uint64_t hi, uint32_t rank,
	       uint64_t value) _must_check_;

/* To be called between the last ranges_add() and the first ranges_find(). */
void ranges_sort(struct ranges *ranges);

/* The range around AT that starts last, or NULL. */
const struct range *ranges_find(const struct ranges *ranges, uint64_t at);

/* The range that starts last of those that start at AT or before it, or NULL. */
const struct range *ranges_last(const struct ranges *ranges, uint64_t at);

#endif
