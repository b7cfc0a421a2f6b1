// SPDX-License-Identifier: BSD-2-Clause
/* Functions and inlined calls: see scopes.h. */
#include "symbol/scopes.h"

#include <dwarf.h>

/* Blocks in blocks; what compilers write stays below. It also bounds our own stack. */
enum { SCOPES_MAX_DEPTH = 128 };

/* Types are most of a C++ unit and hold no code: the code of a method stands outside. */
static bool tag_may_hold_code(int tag)
{
	switch (tag) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_structure_type: /* Rust puts methods inside */
		return true;
	default:
		return false;
	}
}

bool die_next(Dwarf_Die *die)
{
	const void *before = die->addr;

	return dwarf_siblingof(die, die) == 0 && (const char *)die->addr > (const char *)before;
}

static int function_add(struct functions *functions, Dwarf_Die *die, const struct ranges *code,
			struct budget *budget)
{
	Dwarf_Addr base, lo, hi;
	ptrdiff_t at = 0;
	bool any = false;

	while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0 && budget_take(budget)) {
		if (!ranges_find(code, lo))
			continue;
		if (ranges_add(&functions->ranges, lo, hi, 0, functions->dies.n) < 0)
			return -ENOMEM;
		any = true;
	}
	return any ? vec_push(&functions->dies, *die) : 0;
}

static int functions_walk(struct functions *functions, Dwarf_Die *parent, const struct ranges *code,
			  struct budget *budget, unsigned depth)
{
	Dwarf_Die die;
	int r;

	if (depth > SCOPES_MAX_DEPTH || dwarf_child(parent, &die) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&die);

		if (!budget_take(budget))
			return 0;
		if (tag == DW_TAG_subprogram) {
			r = function_add(functions, &die, code, budget);
			if (r < 0)
				return r;
		}
		if (tag_may_hold_code(tag)) {
			r = functions_walk(functions, &die, code, budget, depth + 1);
			if (r < 0)
				return r;
		}
	} while (die_next(&die));
	return 0;
}

int functions_init(struct functions *functions, Dwarf_Die *unit, const struct ranges *code,
		   struct budget *budget)
{
	int r;

	*functions = (struct functions){ 0 };
	r = functions_walk(functions, unit, code, budget, 0);
	ranges_sort(&functions->ranges);
	return r;
}

void functions_done(struct functions *functions)
{
	vec_done(&functions->dies);
	ranges_done(&functions->ranges);
}

/* 1: the code of DIE has ADDRESS, 0: it has not, -ENODATA: DIE says nothing about code. */
static int die_covers(Dwarf_Die *die, Dwarf_Addr address, struct budget *budget)
{
	Dwarf_Addr base, lo, hi;
	ptrdiff_t at = 0;
	int covers = -ENODATA;

	while ((at = dwarf_ranges(die, at, &base, &lo, &hi)) > 0 && budget_take(budget)) {
		if (address >= lo && address < hi)
			return 1;
		covers = 0;
	}
	return covers;
}

/* Adds the inlined calls below PARENT; true if there was one at ADDRESS. */
static bool scopes_walk(struct scopes *scopes, Dwarf_Die *parent, Dwarf_Addr address,
			struct budget *budget, unsigned depth)
{
	Dwarf_Die die;

	if (depth > SCOPES_MAX_DEPTH || dwarf_child(parent, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		bool call = tag == DW_TAG_inlined_subroutine;
		int covers;

		if (!budget_take(budget))
			return false;
		if (!call && tag != DW_TAG_lexical_block && tag != DW_TAG_try_block &&
		    tag != DW_TAG_catch_block)
			continue;
		covers = die_covers(&die, address, budget);
		if (covers == 0 || (call && covers < 0))
			continue;
		if (call && scopes->n < SCOPES_MAX)
			scopes->dies[scopes->n++] = die;
		if (scopes_walk(scopes, &die, address, budget, depth + 1) || call)
			return true;
	} while (die_next(&die));
	return false;
}

void scopes_find(struct scopes *scopes, const struct functions *functions, Dwarf_Addr address,
		 struct budget *budget)
{
	const struct range *range = ranges_find(&functions->ranges, address);

	scopes->n = 0;
	if (!range)
		return;
	scopes->dies[scopes->n++] = functions->dies.items[range->value];
	scopes_walk(scopes, &scopes->dies[0], address, budget, 0);
}

const char *scope_linkage_name(Dwarf_Die *scope)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr_integrate(scope, DW_AT_linkage_name, &attribute) &&
	    !dwarf_attr_integrate(scope, DW_AT_MIPS_linkage_name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

void scope_call_site(Dwarf_Die *scope, size_t *ret_file, uint32_t *ret_line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;

	*ret_file = 0;
	*ret_line = 0;
	if (!dwarf_attr(scope, DW_AT_call_file, &attribute) ||
	    dwarf_formudata(&attribute, &file) != 0)
		return;
	*ret_file = (size_t)file;
	if (dwarf_attr(scope, DW_AT_call_line, &attribute) &&
	    dwarf_formudata(&attribute, &line) == 0 && line <= UINT32_MAX)
		*ret_line = (uint32_t)line;
}
