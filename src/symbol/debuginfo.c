// SPDX-License-Identifier: BSD-2-Clause
/* DWARF by address: see debuginfo.h. */
#include "symbol/debuginfo.h"

#include <dwarf.h>
#include <string.h>

#include "symbol/demangle.h"
#include "symbol/unit.h"

enum { DEBUGINFO_BUDGET = 256 * 1000 * 1000 };

/* How much may be kept of the units read, in rows of their line tables, of some 60 bytes each. */
enum {
	DEBUGINFO_MAX_LINES = 128 * 1024, /* while places are looked up, unit by unit */
	DEBUGINFO_IDLE_LINES = 16 * 1024, /* between look-ups */
};

static int entry_add(struct debuginfo *debuginfo, Dwarf_Die *die)
{
	Dwarf_Addr base, lo, hi;
	ptrdiff_t at = 0;
	bool any = false;

	while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0 &&
	       budget_take(&debuginfo->budget)) {
		if (!ranges_find(&debuginfo->code, lo))
			continue;
		if (ranges_add(&debuginfo->unit_ranges, lo, hi, 0, debuginfo->units.n) < 0)
			return -ENOMEM;
		any = true;
	}
	if (!any)
		return 0;
	return vec_push(&debuginfo->units, (struct unit_entry){ .offset = dwarf_dieoffset(die) });
}

/*
 * The table is made from the units themselves: .debug_aranges, which exists for this, is left
 * out by clang and rustc.
 */
static int debuginfo_index(struct debuginfo *debuginfo)
{
	Dwarf_CU *cu = NULL, *next = NULL;
	Dwarf_Die die;

	while (dwarf_get_units(debuginfo->dwarf, cu, &next, NULL, NULL, &die, NULL) == 0 &&
	       budget_take(&debuginfo->budget)) {
		int tag = dwarf_tag(&die);

		if ((tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit) &&
		    entry_add(debuginfo, &die) < 0)
			return -ENOMEM;
		cu = next;
	}
	ranges_sort(&debuginfo->unit_ranges);
	return 0;
}

/* Our own handle of the file that LIKE reads: all that libdw keeps can be freed with it. */
static Dwarf *dwarf_open_like(Dwarf *like)
{
	Dwarf *dwarf = dwarf_begin_elf(dwarf_getelf(like), DWARF_C_READ, NULL);
	Dwarf *supplementary = dwarf_getalt(like);

	if (dwarf && supplementary)
		dwarf_setalt(dwarf, supplementary);
	return dwarf;
}

int debuginfo_init(struct debuginfo *debuginfo, Dwarf *dwarf, const char *dir, struct ranges *code)
{
	*debuginfo = (struct debuginfo){ .like = dwarf, .dir = dir, .code = *code };
	debuginfo->budget.left = DEBUGINFO_BUDGET;
	*code = (struct ranges){ 0 };
	debuginfo->dwarf = dwarf_open_like(dwarf);
	return debuginfo->dwarf ? debuginfo_index(debuginfo) : -ENOMEM;
}

/* Frees all that was read from units, and libdw's part of it. */
static void debuginfo_forget(struct debuginfo *debuginfo)
{
	vec_foreach(entry, &debuginfo->units) {
		if (entry->unit)
			unit_close(entry->unit);
		entry->unit = NULL;
	}
	names_done(&debuginfo->names);
	dwarf_end(debuginfo->dwarf);
	debuginfo->dwarf = NULL;
	debuginfo->n_lines = 0;
}

void debuginfo_done(struct debuginfo *debuginfo)
{
	debuginfo_forget(debuginfo);
	vec_done(&debuginfo->units);
	ranges_done(&debuginfo->unit_ranges);
	ranges_done(&debuginfo->code);
}

size_t debuginfo_find_unit(const struct debuginfo *debuginfo, Dwarf_Addr address)
{
	const struct range *range = ranges_find(&debuginfo->unit_ranges, address);

	return range ? (size_t)range->value : SIZE_MAX;
}

void debuginfo_rest(struct debuginfo *debuginfo)
{
	if (debuginfo->n_lines > DEBUGINFO_IDLE_LINES)
		debuginfo_forget(debuginfo);
}

static struct unit *debuginfo_open_unit(struct debuginfo *debuginfo, struct unit_entry *entry)
{
	if (entry->unit)
		return entry->unit;
	if (debuginfo->n_lines > DEBUGINFO_MAX_LINES)
		debuginfo_forget(debuginfo);
	if (!debuginfo->dwarf)
		debuginfo->dwarf = dwarf_open_like(debuginfo->like);
	if (!debuginfo->dwarf)
		return NULL;
	entry->unit = unit_open(debuginfo->dwarf, entry->offset, debuginfo->dir, &debuginfo->code,
				&debuginfo->budget);
	if (entry->unit)
		debuginfo->n_lines += entry->unit->n_lines;
	return entry->unit;
}

/*
 * The mangled name in the DWARF has no suffix of a clone (".cold", ".part.0"), so it comes before
 * the SYMBOL. C++ functions of one file have none: then the SYMBOL, if it is mangled, is better
 * than the plain name; its suffix, which says nothing to the reader, is cut off.
 */
static const char *scope_mangled_name(Dwarf_Die *scope, char *symbol)
{
	const char *name = scope_linkage_name(scope);

	/* In C it is the name of an alias for the assembler. */
	if (name && demangle_is_mangled(name))
		return name;
	if (!symbol || !demangle_is_mangled(symbol))
		return NULL;
	symbol[strcspn(symbol, ".")] = '\0';
	return symbol;
}

static const char *scope_name(struct debuginfo *debuginfo, const struct unit *unit,
			      Dwarf_Die *scope, char *symbol)
{
	const char *name = scope_mangled_name(scope, symbol);

	if (name)
		return name;
	if (unit->qualifies)
		name = names_get(&debuginfo->names, scope, &debuginfo->budget);
	else
		name = dwarf_diename(scope);
	/* What the C library writes as __libc_malloc or _IO_new_fopen is malloc and fopen. */
	if (!name || (name[0] == '_' && symbol && symbol[0] != '_' && !strchr(symbol, '.')))
		name = symbol;
	return name;
}

int debuginfo_add_frames(struct debuginfo *debuginfo, Dwarf_Addr address, char *symbol,
			 struct frames *frames)
{
	size_t index = debuginfo_find_unit(debuginfo, address);
	struct scopes scopes;
	struct frame frame = { 0 };
	struct unit *unit;

	if (index == SIZE_MAX)
		return 0;
	unit = debuginfo_open_unit(debuginfo, &debuginfo->units.items[index]);
	if (!unit)
		return -ENOMEM;
	unit_find_line(unit, address, &frame);
	scopes_find(&scopes, &unit->functions, address, &debuginfo->budget);
	if (scopes.n == 0) {
		frame.function = symbol;
		return frame.file ? frames_add(frames, &frame) : 0;
	}
	for (size_t i = scopes.n; i-- > 0;) {
		frame.inlined = i > 0;
		frame.function =
			scope_name(debuginfo, unit, &scopes.dies[i], i > 0 ? NULL : symbol);
		if (frames_add(frames, &frame) < 0)
			return -ENOMEM;
		unit_find_call_site(unit, &scopes.dies[i], &frame);
	}
	return 0;
}
