/* SPDX-License-Identifier: BSD-2-Clause */
/* One compile unit with what was read from it: functions, lines, names of files. */
#ifndef LT_SYMBOL_UNIT_H
#define LT_SYMBOL_UNIT_H

#include <stdbool.h>

#include <elfutils/libdw.h>

#include "base/cleanup.h"
#include "model/symbols.h"
#include "symbol/scopes.h"

struct unit {
	Dwarf_Die die;
	Dwarf_Die code;	      /* where the functions are: DIE itself, or the unit in a .dwo file */
	const char *comp_dir; /* or NULL */
	bool relative;	      /* the compiler was given a relative path */
	bool qualifies;	      /* names of the language are ns::function */
	Dwarf_Files *files;   /* or NULL */
	size_t n_files;
	size_t n_lines; /* most of the memory: libdw keeps the line table as an array */
	struct functions functions;
};

/*
 * Reads the unit at OFFSET of DWARF. DIR has the file that holds it, where the .dwo file of a split
 * unit may be; CODE and BUDGET are those of functions_init(). NULL without memory.
 */
struct unit *unit_open(Dwarf *dwarf, Dwarf_Off offset, const char *dir, const struct ranges *code,
		       struct budget *budget);
void unit_close(struct unit *unit);
DEFINE_GUARD(struct unit, unit_close)

/* Sets file, directory and line of FRAME to those of ADDRESS; NULL and 0 where not known. */
void unit_find_line(struct unit *unit, Dwarf_Addr address, struct frame *frame);

/* The same for where SCOPE, inlined, was called. */
void unit_find_call_site(struct unit *unit, Dwarf_Die *scope, struct frame *frame);

#endif
