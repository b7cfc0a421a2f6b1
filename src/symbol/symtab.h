/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The function symbols of a module in the order of their addresses. libdwfl's own look-up reads
 * the whole table for each address.
 */
#ifndef LT_SYMBOL_SYMTAB_H
#define LT_SYMBOL_SYMTAB_H

#include <elfutils/libdwfl.h>

#include "symbol/ranges.h"

struct symtab {
	Dwfl_Module *module;
	struct ranges sized;
	struct ranges unsized; /* assembly without .size: up to the next symbol of the section */
};

/* Reads .symtab (of the debug file if need be), .gnu_debugdata or .dynsym. 0 or -ENOMEM. */
int symtab_init(struct symtab *symtab, Dwfl_Module *module) _must_check_;
void symtab_done(struct symtab *symtab);

/*
 * The name of the function around ADDRESS, without symbol version, in NAME's memory (cut to
 * fit); NULL if no symbol covers it.
 */
char *symtab_find(const struct symtab *symtab, GElf_Addr address, char *name, size_t name_bytes);

#endif
