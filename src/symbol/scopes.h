/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of a compile unit, and the calls inlined around an address, from the DIE tree.
 * Knows DIEs and nothing of files, symbols or frames.
 */
#ifndef LT_SYMBOL_SCOPES_H
#define LT_SYMBOL_SCOPES_H

#include <stdbool.h>

#include <elfutils/libdw.h>

#include "symbol/ranges.h"

/*
 * How many DIEs and ranges may still be looked at in one module: enough for gigabytes of DWARF,
 * an end for a file that was made to keep us busy.
 */
struct budget {
	int64_t left;
};

/* False when the budget is used up. */
static inline bool budget_take(struct budget *budget)
{
	return budget->left > 0 && budget->left-- > 0;
}

/* The functions of a unit with their code; a range's value is the index in dies. */
struct functions {
	VEC(Dwarf_Die) dies;
	struct ranges ranges;
};

/*
 * Collects the functions below UNIT that start in CODE: a function that the linker threw away
 * keeps its DIE, with an address of 0 or so. -ENOMEM, else 0, with fewer ones from broken DWARF.
 */
int functions_init(struct functions *functions, Dwarf_Die *unit, const struct ranges *code,
		   struct budget *budget) _must_check_;
void functions_done(struct functions *functions);

enum { SCOPES_MAX = 64 };

/* The function around a place, then the calls inlined into it there, outermost first. */
struct scopes {
	Dwarf_Die dies[SCOPES_MAX];
	size_t n;
};

/* Leaves N at 0 if no function has ADDRESS. */
void scopes_find(struct scopes *scopes, const struct functions *functions, Dwarf_Addr address,
		 struct budget *budget);

/* The mangled name of a function or inlined call, or NULL: C has none. */
const char *scope_linkage_name(Dwarf_Die *scope);

/* Where an inlined function was called: index in the unit's file table, and line; 0: not known. */
void scope_call_site(Dwarf_Die *scope, size_t *ret_file, uint32_t *ret_line);

/* Steps to the DIE behind *DIE; false at the end, or if broken DWARF would lead back. */
bool die_next(Dwarf_Die *die);

#endif
