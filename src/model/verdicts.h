/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a scan of a process's memory has found out about each of its live blocks: lost, led to by
 * lost ones only, or reachable, and from where; and about what the program has mapped: leaked, or
 * reachable.
 */
#ifndef LT_MODEL_VERDICTS_H
#define LT_MODEL_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Memory, or a register, that a program has without having allocated it. */
enum root_kind {
	ROOT_NONE,
	ROOT_GLOBAL,   /* data of a file */
	ROOT_STACK,    /* of a thread that lives */
	ROOT_REGISTER, /* of a thread that lives */
	ROOT_THREAD,   /* thread-local and thread-specific data */
	ROOT_MAPPING,  /* memory that the program mapped itself */
	ROOT_APART,    /* the same, where nothing leads to it */
	ROOT_UNKNOWN,  /* allocator's memory from before the trace, of which nothing is known */
	ROOT_TEARDOWN, /* something that the program released only to end */
	_ROOT_KIND_MAX,
};

/* Where the pointer is that keeps a block, or the block that leads to it. */
struct root_place {
	enum root_kind kind;
	int32_t tid;	  /* of stacks, registers and thread data */
	uint64_t address; /* of the pointer; 0 for a register */
	uint64_t offset;  /* ROOT_GLOBAL: of the pointer, in the file as it is mapped */
	uint32_t module;  /* ROOT_GLOBAL: of the file; 0: not known */
	const char *name; /* ROOT_REGISTER: its name, static */
};

/* A block as a scan is told of it. */
struct live_block {
	uint64_t start;
	uint64_t bytes; /* as the program asked for them; 0 is found by its start */
};

#define VERDICT_NO_HIT UINT32_MAX

struct block_verdict {
	uint64_t address;
	/* CLASS_LOST: the blocks that only this one leads to. */
	uint64_t tree_bytes;
	uint32_t tree_blocks;
	uint32_t hit;	    /* CLASS_REACHABLE: of hits: where the way to it begins */
	uint8_t class;	    /* enum resource_class */
	bool interior_only; /* nothing points to its start */
};

/* A pointer in a root that leads to a block. */
struct root_hit {
	uint32_t root;	  /* index in roots */
	uint64_t address; /* of the pointer; of a register: 0 */
};

struct verdicts {
	uint64_t time_ns;	     /* CLOCK_MONOTONIC: younger blocks have no verdict */
	bool final;		     /* at the end of the process: nothing changes any more */
	struct block_verdict *items; /* by address */
	size_t n;
	struct block_verdict *mappings; /* by area.group, which takes the place of the address */
	size_t n_mappings;
	struct root_hit *hits;
	size_t n_hits;
	/* Their beginnings: ADDRESS, and OFFSET for ROOT_GLOBAL. */
	struct root_place *roots;
	size_t n_roots;
};

void verdicts_free(struct verdicts *verdicts);
DEFINE_GUARD(struct verdicts, verdicts_free)

/* The verdict on the block that begins at ADDRESS and was born at BIRTH_NS, or NULL. */
const struct block_verdict *verdicts_find(const struct verdicts *verdicts, uint64_t address,
					  uint64_t birth_ns);

/* The same, faster if it is the one with this number, from 1 on. */
const struct block_verdict *verdicts_get(const struct verdicts *verdicts, uint32_t number,
					 uint64_t address, uint64_t birth_ns);

/* Where the pointer is: ROOT_NONE if HIT is none. */
struct root_place verdicts_root(const struct verdicts *verdicts, uint32_t hit);

/* verdicts_find() for the mapping of the program's that has this area.group. */
const struct block_verdict *verdicts_find_mapping(const struct verdicts *verdicts, uint64_t group,
						  uint64_t birth_ns);

/* Why there are none, when a scan ended with ERROR, a negative errno: "it was killed while ..." */
const char *verdicts_missing(int error);

const char *root_kind_name(enum root_kind kind); /* "global data" */

#endif
