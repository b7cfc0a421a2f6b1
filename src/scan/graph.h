/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which block points to which, and to which mapping. Read in one pass over the blocks, in address
 * order, by as many threads as there are processors for it; after that, following pointers touches
 * the memory of the scanned process no more.
 */
#ifndef LT_SCAN_GRAPH_H
#define LT_SCAN_GRAPH_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "scan/blocks.h"
#include "scan/owned.h"

/*
 * A pointer to the start of a block, or (with this bit) into it. To a mapping: the number of blocks
 * and the mapping's own, less one.
 */
#define GRAPH_INTERIOR	(1u << 31)
#define GRAPH_BLOCK(to) ((to) & ~GRAPH_INTERIOR)

struct graph_part {
	uint32_t begin, end; /* blocks that it is about */
	VEC(uint32_t) to;    /* what they point to, block by block */
	uint32_t *first;     /* per block: where its part of TO begins; one more for the end */
};

enum { GRAPH_MAX_PARTS = 4 };

struct graph {
	struct graph_part parts[GRAPH_MAX_PARTS];
	unsigned n_parts;
	uint64_t n_unreadable_pages;
};

struct graph_request {
	pid_t pid; /* of any thread that lives */
	const struct scan_blocks *blocks;
	const struct owned_list *owned;
	uint64_t tag_mask;     /* bits of a pointer that are not part of the address */
	uint64_t max_pointers; /* more than this are refused: -E2BIG */
	uint64_t deadline_ns;
	unsigned n_threads;
};

/* -ETIME, -ESRCH, -ENOMEM, -E2BIG. */
int graph_read(struct graph *graph, const struct graph_request *request) _must_check_;
void graph_done(struct graph *graph);

/* What BLOCK points to: *RET_N words, see GRAPH_BLOCK. */
const uint32_t *graph_pointers(const struct graph *graph, uint32_t block, size_t *ret_n);

#endif
