/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of its blocks and mappings a program can still reach: marks from the roots on, and sorts
 * blocks that are left into lost ones and those that only lost ones lead to.
 *
 * Whether a mapping is reached, pointers in mappings that are not reached themselves do not say;
 * a block that they lead to is reachable all the same, as the mapping may be in use in a way that
 * cannot be seen.
 */
#ifndef LT_SCAN_MARK_H
#define LT_SCAN_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/sites.h"
#include "scan/blocks.h"
#include "scan/graph.h"
#include "scan/owned.h"

struct root {
	uint64_t start; /* what lies in live blocks is left out: it counts if they are reached */
	uint64_t end;
	uint64_t value; /* of a word, for which START and END are 0 */
	enum root_kind kind;
	uint32_t mapping; /* it is part of it, and counts when this is reached; see struct owned */
	bool starts_only; /* the allocator's own data: what points into a block is no pointer of the
			     program's */
	bool blocks_only; /* the dynamic linker's own data, with pointers to what it has unmapped */
	int32_t tid;	  /* of stacks, registers and thread data */
	uint32_t file;	  /* of ROOT_GLOBAL: the caller's number for it */
	uint64_t offset;  /* of START in the file */
	const char *name; /* of a register */
};

/* A word that is known already: no memory to be read. */
static inline bool root_is_word(const struct root *root)
{
	return root->kind == ROOT_REGISTER || root->kind == ROOT_TEARDOWN;
}

/* What the program has mapped, in one call or as parts of one reservation. */
struct mark_mapping {
	bool reached;
	uint32_t hit; /* of hits, if it is reached */
};

struct mark {
	struct block_verdict *blocks;  /* as many as were given */
	struct mark_mapping *mappings; /* by number; none has 0 */
	VEC(struct root_hit) hits;     /* their roots are those of the request */
	uint64_t n_unreadable_pages;
};

struct mark_request {
	pid_t pid; /* of any thread that lives */
	const struct scan_blocks *blocks;
	const struct owned_list *owned;
	const struct graph *graph;
	const struct root *roots;
	size_t n_roots;
	uint64_t tag_mask;
	uint64_t deadline_ns;
};

/* -ETIME, -ESRCH, -ENOMEM. */
int mark_run(struct mark *mark, const struct mark_request *request) _must_check_;
void mark_done(struct mark *mark);

#endif
