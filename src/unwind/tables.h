/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unwind tables of all modules, in the memory that the kernel's unwinder reads. A module is
 * compiled when it is first asked for, and then stays until it is to be forgotten.
 */
#ifndef LT_UNWIND_TABLES_H
#define LT_UNWIND_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "leaktrace/abi.h"
#include "model/mappings.h"
#include "model/modules.h"

struct unwind_tables;

/* What the tables are kept in: see unwind_abi.h. */
enum unwind_array {
	UNWIND_ROWS,	 /* at most LT_MAX_ROWS */
	UNWIND_GRANULES, /* at most LT_MAX_GRANULES */
	UNWIND_RULES,	 /* at most LT_UNWIND_MAX_RULES */
	_UNWIND_ARRAY_MAX,
};

struct unwind_tables_options {
	/*
	 * Makes room for N items in an array, which keeps what it holds, and says where it now is.
	 * NULL: plain memory, which no program reads.
	 */
	int (*reserve)(void *data, enum unwind_array array, uint32_t n, void **ret_items);
	const struct modules *modules;
	/* The open file of a module, which stays the owner's; -1: it cannot be had. */
	int (*module_file)(void *data, const struct module *module);
	void *data;
};

int unwind_tables_open(const struct unwind_tables_options *options,
		       struct unwind_tables **ret_tables) _must_check_;
void unwind_tables_close(struct unwind_tables *tables);
DEFINE_GUARD(struct unwind_tables, unwind_tables_close)

/*
 * Where the table of MODULE is, for a mapping that begins at OFFSET of the file; compiles it if
 * it is not there yet. A file without unwind information, or that does not fit any more, gets
 * one without granules: stacks go through it by frame pointers. Returns 0 or -ENOMEM.
 */
int unwind_tables_get(struct unwind_tables *tables, const struct module *module, uint64_t offset,
		      struct lt_module *ret) _must_check_;

/* Where in MODULE's file the mapping of its code will begin; -ENOENT: it has none that is known. */
int unwind_tables_code_offset(struct unwind_tables *tables, const struct module *module,
			      uint64_t *ret_offset) _must_check_;

/*
 * The key under which the programs look up the part of MODULE's file that is mapped from OFFSET
 * on: true the first time that it is asked for, if it can be told.
 */
bool unwind_tables_key(struct unwind_tables *tables, const struct module *module, uint64_t offset,
		       struct lt_module_key *ret);

/*
 * MODULE, which no process maps and of whose table the programs do not know any more, is gone: its
 * place in the arrays is another one's from now on.
 */
void unwind_tables_forget(struct unwind_tables *tables, const struct module *module);

/* How many files had no room in the tables. */
uint64_t unwind_tables_n_refused(const struct unwind_tables *tables);

/*
 * Unwinds the copy of a stack that a program could not unwind itself. Fills PLACES with the
 * addresses of the calls, innermost first, at most MAX of them, and returns how many;
 * *RET_END says how it ended.
 */
size_t unwind_tables_raw(struct unwind_tables *tables, const struct mappings *mappings,
			 const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			 enum lt_stack_end *ret_end);

#endif
