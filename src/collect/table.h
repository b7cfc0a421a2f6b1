/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of live blocks from user space: its levels are made here, ahead of need, and
 * read through shared memory without a system call.
 */
#ifndef LT_COLLECT_TABLE_H
#define LT_COLLECT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "leaktrace/abi.h"

struct table;

struct table_maps {
	int levels_fd;
	int overflow_fd;
	volatile uint32_t *level_used;	  /* by the programs */
	volatile uint32_t *level_ready;	  /* by this table */
	volatile uint32_t *level_wanted;  /* by the programs */
	volatile uint32_t *overflow_used; /* by both */
};

/* Makes the first level. There will be room for at least MAX_BLOCKS blocks. */
int table_open(const struct table_maps *maps, uint64_t max_blocks, struct table **ret_table,
	       struct diag *diag) _must_check_;
void table_close(struct table *table);
DEFINE_GUARD(struct table, table_close)

/*
 * Makes the next level if the programs want it, since the newest one is filling up, and MAX_BLOCKS
 * allows it. Returns 0, or a negative errno when the kernel has no memory for it.
 */
int table_grow(struct table *table, struct diag *diag) _must_check_;

/* How many blocks the levels have places for. */
uint64_t table_slots(const struct table *table);

/* Bytes of kernel memory that the levels take, and the most they may take. */
uint64_t table_bytes(const struct table *table);
uint64_t table_bytes_for(uint64_t max_blocks);

struct table_block {
	uint32_t space;
	uint32_t stack; /* its index within the space, 0: none */
	uint64_t address;
	uint64_t bytes;
	uint32_t epoch; /* of the test it was born in, 0: none */
	uint32_t birth; /* units of 2^LT_BIRTH_SHIFT ns since the start */
	uint32_t slot;	/* its place, from 1 on; 0: it has none that is known */
	uint32_t note;	/* what table_note() has last said of the place, if of another block too */
};

enum table_scan {
	TABLE_READ = 0,
	TABLE_REMOVE =
		1, /* they leave the table after their visit: only if their space has ended */
	TABLE_SHADOWS = 2, /* table_is_shadowed() will be asked of those without a note */
};

/* Who is shown the blocks. */
struct table_visitor {
	/* A negative result ends the scan and is its result. */
	int (*visit)(void *data, const struct table_block *block);
	/* A block with this note comes soon: the memory that its visit needs can be asked for. */
	void (*soon)(void *data, uint32_t space, uint32_t note); /* or NULL */
	void *data;
};

/*
 * Shows the blocks of the spaces for which WANTED[space] is true, older ones first where several
 * have the same address. HOW has bits of enum table_scan.
 */
int table_scan(struct table *table, const bool wanted[LT_MAX_SPACES], int how,
	       const struct table_visitor *visitor) _must_check_;

/*
 * Whether a newer block at the same address is in the table too: the release of this one was
 * missed. For the block of a visit.
 */
bool table_is_shadowed(const struct table *table, const struct table_block *block);

/* Remembers a NUMBER for a place, which is 0 before; -ENOMEM. */
int table_note(struct table *table, uint32_t slot, uint32_t number) _must_check_;

#endif
