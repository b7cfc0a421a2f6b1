// SPDX-License-Identifier: BSD-2-Clause
/* Qualified names from DIEs: see names.h. */
#include "symbol/names.h"

#include <dwarf.h>
#include <stdio.h>

#include "base/table.h"

enum { NAMES_MAX_DEPTH = 16, NAMES_MAX_BYTES = 1024, NAMES_MAX_REFERENCES = 16 };

struct name {
	const void *die; /* address of the function's first DIE */
	UT_hash_handle hh;
	char text[];
};

void names_done(struct names *names)
{
	struct name *name, *next;

	HASH_ITER(hh, names->by_die, name, next) {
		HASH_DEL(names->by_die, name);
		free(name);
	}
}

/* From an inlined copy to its function, from that to its declaration, which stands in its class. */
static Dwarf_Die die_origin(const Dwarf_Die *scope)
{
	Dwarf_Die die = *scope;

	for (int i = 0; i < NAMES_MAX_REFERENCES; i++) {
		Dwarf_Attribute attribute;
		Dwarf_Die next;

		if (!dwarf_attr(&die, DW_AT_abstract_origin, &attribute) &&
		    !dwarf_attr(&die, DW_AT_specification, &attribute))
			break;
		if (!dwarf_formref_die(&attribute, &next))
			break;
		die = next;
	}
	return die;
}

/*
 * The DIEs around DIE, outermost first. DIEs do not know their parents, but they stand in order:
 * on each level the parent is the last one before DIE.
 */
static size_t die_parents(Dwarf_Die *die, Dwarf_Die parents[NAMES_MAX_DEPTH], struct budget *budget)
{
	const char *target = die->addr;
	Dwarf_Die unit, level, last;
	size_t n = 0;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return 0;
	while (n < NAMES_MAX_DEPTH && dwarf_child(n ? &parents[n - 1] : &unit, &level) == 0) {
		if ((const char *)level.addr > target)
			return 0;
		do
			last = level;
		while (budget_take(budget) && die_next(&level) &&
		       (const char *)level.addr <= target);
		if (last.addr == target)
			return n;
		parents[n++] = last;
	}
	return 0;
}

static const char *die_label(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
		return name ? name : "(anonymous namespace)";
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_subprogram:
		return name ? name : "{unnamed}";
	default:
		return NULL;
	}
}

static void name_compose(char text[NAMES_MAX_BYTES], Dwarf_Die *die, const char *plain,
			 struct budget *budget)
{
	Dwarf_Die parents[NAMES_MAX_DEPTH];
	size_t n_parents = die_parents(die, parents, budget);
	size_t n = 0;

	for (size_t i = 0; i < n_parents && n < NAMES_MAX_BYTES; i++) {
		const char *label = die_label(&parents[i]);

		if (label)
			n += (size_t)snprintf(text + n, NAMES_MAX_BYTES - n, "%s::", label);
	}
	if (n < NAMES_MAX_BYTES)
		snprintf(text + n, NAMES_MAX_BYTES - n, "%s", plain);
}

const char *names_get(struct names *names, Dwarf_Die *scope, struct budget *budget)
{
	Dwarf_Die die = die_origin(scope);
	const char *plain = dwarf_diename(&die);
	char text[NAMES_MAX_BYTES];
	struct name *name;

	if (!plain)
		return NULL;
	HASH_FIND_PTR(names->by_die, &die.addr, name);
	if (name)
		return name->text;
	name_compose(text, &die, plain, budget);
	name = calloc(1, sizeof(*name) + strlen(text) + 1);
	if (!name)
		return plain;
	memcpy(name->text, text, strlen(text) + 1);
	name->die = die.addr;
	HASH_ADD_PTR(names->by_die, die, name);
	if (!table_added(name)) {
		free(name);
		return plain;
	}
	return name->text;
}
