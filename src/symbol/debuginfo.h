/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DWARF of one module: address -> source line, function, inlined callers. Knows libdw; what
 * file the DWARF came from was decided before.
 */
#ifndef LT_SYMBOL_DEBUGINFO_H
#define LT_SYMBOL_DEBUGINFO_H

#include <elfutils/libdw.h>

#include "symbol/frames.h"
#include "symbol/names.h"
#include "symbol/ranges.h"
#include "symbol/scopes.h"

struct unit;

struct unit_entry {
	Dwarf_Off offset;  /* of its first DIE */
	struct unit *unit; /* NULL: not read, or forgotten */
};

struct debuginfo {
	Dwarf *like;	    /* the handle it was made for */
	Dwarf *dwarf;	    /* our own, NULL while nothing is read */
	const char *dir;    /* of the file that has the DWARF: split units are looked for there */
	struct ranges code; /* executable segments, in DWARF's addresses */
	VEC(struct unit_entry) units;
	struct ranges unit_ranges; /* value: index in units */
	size_t n_lines;		   /* of all units that are read */
	struct names names;
	struct budget budget;
};

/*
 * Finds the units of DWARF, which must outlive DEBUGINFO, as must DIR. Takes CODE over. -ENOMEM,
 * else 0.
 */
int debuginfo_init(struct debuginfo *debuginfo, Dwarf *dwarf, const char *dir,
		   struct ranges *code) _must_check_;
void debuginfo_done(struct debuginfo *debuginfo);

/* The number of the unit that has ADDRESS; SIZE_MAX if none has. */
size_t debuginfo_find_unit(const struct debuginfo *debuginfo, Dwarf_Addr address);

/* To be called when no look-up follows for a while: frees memory that can be made again. */
void debuginfo_rest(struct debuginfo *debuginfo);

/*
 * Adds the frames at ADDRESS, innermost first; none if the DWARF does not cover it. SYMBOL (or
 * NULL) is the function's symbol, for names that the DWARF does not know better; it may be
 * changed. 0 or -ENOMEM. Fast if the addresses of one unit come together.
 */
int debuginfo_add_frames(struct debuginfo *debuginfo, Dwarf_Addr address, char *symbol,
			 struct frames *frames) _must_check_;

#endif
