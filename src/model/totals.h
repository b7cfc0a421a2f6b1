/* SPDX-License-Identifier: BSD-2-Clause */
/* What was counted of one process image, of one test, or of all of them. */
#ifndef LT_MODEL_TOTALS_H
#define LT_MODEL_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

struct totals {
	uint64_t allocations;	/* successful calls that gave a block; realloc of a block is one */
	uint64_t frees;		/* blocks given back, by realloc too */
	uint64_t unknown_frees; /* of blocks from before the attach, or of before a fork */
	uint64_t outstanding_bytes;
	uint64_t outstanding_blocks;
	/* Of the outstanding memory; meaningful where it was looked for pointers (JUDGED). */
	bool judged;
	uint64_t lost_bytes; /* lost and indirect */
	uint64_t lost_blocks;
	uint64_t reachable_bytes;
	uint64_t reachable_blocks;
	uint64_t fds; /* descriptors not closed, those at exit among them */
	uint64_t fds_at_exit;
	uint64_t threads; /* neither joined nor detached, those at exit among them */
	uint64_t threads_at_exit;
	uint64_t mapping_bytes;
	uint64_t mappings;
	/* Of these, where it was looked for pointers to them (JUDGED). */
	uint64_t leaked_mapping_bytes;
	uint64_t leaked_mappings;
	uint64_t reachable_mapping_bytes;
	uint64_t reachable_mappings;
};

/* Memory blocks are about to be counted again. */
void totals_forget_blocks(struct totals *totals);

/* The same for mappings. */
void totals_forget_mappings(struct totals *totals);

/* Counts N mappings: leaked, reachable, or neither is known. */
void totals_add_mappings(struct totals *totals, uint64_t n, uint64_t bytes, bool leaked,
			 bool reachable);

void totals_add(struct totals *to, const struct totals *more);

#endif
