// SPDX-License-Identifier: BSD-2-Clause
/* DWARF by address: see debuginfo.h. */
#include "symbol/debuginfo.h"

#include <dwarf.h>
#include <string.h>

#include "base/str.h"
#include "symbol/debugfile.h"
#include "symbol/demangle.h"

enum { DEBUGINFO_BUDGET = 256 * 1000 * 1000 };

/* Younger than the library's header. */
enum { LANGUAGE_C_PLUS_PLUS_17 = 0x2a, LANGUAGE_C_PLUS_PLUS_20 = 0x2b };

/* A compile unit with code. What lies behind "loaded" is found when it is first asked for. */
struct unit {
	Dwarf_Die die;
	bool loaded;
	Dwarf_Die code;	      /* where the functions are: DIE itself, or the unit in a .dwo file */
	const char *comp_dir; /* or NULL */
	bool relative;	      /* the compiler was given a relative path */
	bool qualifies;	      /* names of the language are ns::function */
	Dwarf_Files *files;   /* or NULL */
	size_t n_files;
	struct functions functions;
};

static void unit_free(struct unit *unit)
{
	functions_done(&unit->functions);
	free(unit);
}
DEFINE_GUARD(struct unit, unit_free)

static const char *die_string(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(die, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/*
 * Switches to the unit in the .dwo file of a skeleton, if it is there. libdw looks for it next to
 * the file and in the folder of the compilation.
 */
static void unit_find_split(struct unit *unit, const char *dir)
{
	const char *name = die_string(&unit->die, DW_AT_dwo_name);
	Dwarf_Die split;

	if (!name)
		name = die_string(&unit->die, DW_AT_GNU_dwo_name);
	if (!name || !debugfile_is_safe(dir, name) ||
	    !debugfile_is_safe(unit->comp_dir ? unit->comp_dir : dir, name))
		return;
	if (dwarf_cu_info(unit->die.cu, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 &&
	    split.addr && dwarf_tag(&split) != DW_TAG_invalid)
		unit->code = split;
}

static bool language_qualifies(int language)
{
	switch (language) {
	case DW_LANG_C_plus_plus:
	case DW_LANG_C_plus_plus_03:
	case DW_LANG_C_plus_plus_11:
	case DW_LANG_C_plus_plus_14:
	case LANGUAGE_C_PLUS_PLUS_17:
	case LANGUAGE_C_PLUS_PLUS_20:
	case DW_LANG_Rust:
		return true;
	default:
		return false;
	}
}

static int unit_load(struct unit *unit, struct debuginfo *debuginfo)
{
	const char *name;

	if (unit->loaded)
		return 0;
	unit->code = unit->die;
	unit->comp_dir = die_string(&unit->die, DW_AT_comp_dir);
	unit_find_split(unit, debuginfo->dir);
	name = dwarf_diename(&unit->code);
	unit->relative = name && name[0] != '/';
	unit->qualifies = language_qualifies(dwarf_srclang(&unit->code));
	if (dwarf_getsrcfiles(&unit->code, &unit->files, &unit->n_files) != 0)
		unit->files = NULL;
	unit->loaded = true;
	return functions_init(&unit->functions, &unit->code, &debuginfo->code,
			      &debuginfo->budget);
}

/*
 * A file as the compiler was given it. libdw puts the folder of the compilation before relative
 * names; it is taken off again, but not where the compiler was given absolute names.
 */
static const char *unit_file(const struct unit *unit, const char *file)
{
	size_t n;

	if (!file || strcmp(file, "???") == 0)
		return NULL;
	if (!unit->relative || !unit->comp_dir)
		return file;
	n = strlen(unit->comp_dir);
	if (n && strncmp(file, unit->comp_dir, n) == 0 && file[n] == '/' && file[n + 1] != '\0')
		return file + n + 1;
	return file;
}

static int unit_add(struct debuginfo *debuginfo, Dwarf_Die *die)
{
	_cleanup_(unit_freep) struct unit *unit = NULL;
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
	unit = calloc(1, sizeof(*unit));
	if (!unit || vec_push(&debuginfo->units, unit) < 0)
		return -ENOMEM;
	unit->die = *die;
	TAKE_PTR(unit);
	return 0;
}

/*
 * The table is made from the units themselves: .debug_aranges, which exists for this, is left
 * out by clang and rustc.
 */
int debuginfo_init(struct debuginfo *debuginfo, Dwarf *dwarf, const char *dir,
		   struct ranges *code)
{
	Dwarf_CU *cu = NULL, *next = NULL;
	Dwarf_Die die;

	*debuginfo = (struct debuginfo){ .dwarf = dwarf, .dir = dir, .code = *code };
	debuginfo->budget.left = DEBUGINFO_BUDGET;
	*code = (struct ranges){ 0 };
	while (dwarf_get_units(dwarf, cu, &next, NULL, NULL, &die, NULL) == 0 &&
	       budget_take(&debuginfo->budget)) {
		int tag = dwarf_tag(&die);

		if ((tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit) &&
		    unit_add(debuginfo, &die) < 0)
			return -ENOMEM;
		cu = next;
	}
	ranges_sort(&debuginfo->unit_ranges);
	return 0;
}

void debuginfo_done(struct debuginfo *debuginfo)
{
	vec_foreach(unit, &debuginfo->units)
		unit_free(*unit);
	vec_done(&debuginfo->units);
	ranges_done(&debuginfo->unit_ranges);
	ranges_done(&debuginfo->code);
	names_done(&debuginfo->names);
}

static void unit_find_line(struct unit *unit, Dwarf_Addr address, const char **ret_file,
			   uint32_t *ret_line)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	int number;

	*ret_file = line ? unit_file(unit, dwarf_linesrc(line, NULL, NULL)) : NULL;
	*ret_line = 0;
	if (line && dwarf_lineno(line, &number) == 0 && number > 0)
		*ret_line = (uint32_t)number;
}

static void unit_find_call_site(struct unit *unit, Dwarf_Die *scope, const char **ret_file,
				uint32_t *ret_line)
{
	size_t file;

	*ret_file = NULL;
	scope_call_site(scope, &file, ret_line);
	if (unit->files && file < unit->n_files)
		*ret_file = unit_file(unit, dwarf_filesrc(unit->files, file, NULL, NULL));
}

/*
 * The mangled name in the DWARF has no suffix of a clone (".cold", ".part.0"), so it comes before
 * the SYMBOL. C++ functions of one file have none: then the SYMBOL is better, if it is mangled.
 */
static const char *scope_name(struct debuginfo *debuginfo, const struct unit *unit,
			      Dwarf_Die *scope, const char *symbol)
{
	const char *name = scope_linkage_name(scope);

	if (name)
		return name;
	if (symbol && demangle_is_mangled(symbol))
		return symbol;
	if (unit->qualifies)
		name = names_get(&debuginfo->names, scope, &debuginfo->budget);
	else
		name = dwarf_diename(scope);
	return name ? name : symbol;
}

int debuginfo_add_frames(struct debuginfo *debuginfo, Dwarf_Addr address, const char *symbol,
			 struct frames *frames)
{
	const struct range *range = ranges_find(&debuginfo->unit_ranges, address);
	struct unit *unit = range ? debuginfo->units.items[range->value] : NULL;
	struct scopes scopes;
	const char *file;
	uint32_t line;

	if (!unit)
		return 0;
	if (unit_load(unit, debuginfo) < 0)
		return -ENOMEM;
	unit_find_line(unit, address, &file, &line);
	scopes_find(&scopes, &unit->functions, address, &debuginfo->budget);
	if (scopes.n == 0)
		return file ? frames_add(frames, symbol, file, line, false) : 0;
	for (size_t i = scopes.n; i-- > 0;) {
		bool inlined = i > 0;
		const char *name = scope_name(debuginfo, unit, &scopes.dies[i],
					      inlined ? NULL : symbol);

		if (frames_add(frames, name, file, line, inlined) < 0)
			return -ENOMEM;
		unit_find_call_site(unit, &scopes.dies[i], &file, &line);
	}
	return 0;
}
