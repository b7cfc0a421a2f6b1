/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of live blocks from user space: its levels are made here, one ahead of need, and
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
	volatile uint32_t *level_used;	/* by the programs */
	volatile uint32_t *level_ready; /* by this table */
};

/* Makes the first two levels. There will be room for at least MAX_BLOCKS blocks. */
int table_open(const struct table_maps *maps, uint64_t max_blocks, struct table **ret_table,
	       struct diag *diag) _must_check_;
void table_close(struct table *table);
DEFINE_GUARD(struct table, table_close)

/*
 * Makes the next level if the programs have begun to use the newest one and MAX_BLOCKS allows
 * it. Returns 0, or a negative errno when the kernel has no memory for it.
 */
int table_grow(struct table *table, struct diag *diag) _must_check_;

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
	bool shadowed;	/* a newer block at the same address is in the table too */
};

/*
 * Calls VISIT for each block of the spaces for which WANTED[space] is true, and takes it out of
 * the table if REMOVE (only for spaces that have ended). A negative result of VISIT ends the
 * scan and is returned.
 */
int table_scan(struct table *table, const bool wanted[LT_MAX_SPACES], bool remove,
	       int (*visit)(void *data, const struct table_block *block), void *data) _must_check_;

#endif
