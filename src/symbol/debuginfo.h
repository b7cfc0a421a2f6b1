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

struct debuginfo {
	Dwarf *dwarf;
	const char *dir;    /* of the file that has the DWARF: split units are looked for there */
	struct ranges code; /* executable segments, in DWARF's addresses */
	VEC(struct unit *) units;
	struct ranges unit_ranges; /* value: index in units */
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

/*
 * Adds the frames at ADDRESS, innermost first; none if the DWARF does not cover it. SYMBOL (or
 * NULL) is the function's symbol, for names that the DWARF does not know better. 0 or -ENOMEM.
 */
int debuginfo_add_frames(struct debuginfo *debuginfo, Dwarf_Addr address, const char *symbol,
			 struct frames *frames) _must_check_;

#endif
