// SPDX-License-Identifier: BSD-2-Clause
/* Compile units: see unit.h. */
#include "symbol/unit.h"

#include <dwarf.h>
#include <string.h>

#include "symbol/debugfile.h"

/* Younger than the library's header. */
enum { LANGUAGE_C_PLUS_PLUS_17 = 0x2a, LANGUAGE_C_PLUS_PLUS_20 = 0x2b };

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

struct unit *unit_open(Dwarf *dwarf, Dwarf_Off offset, const char *dir, const struct ranges *code,
		       struct budget *budget)
{
	_cleanup_(unit_closep) struct unit *unit = calloc(1, sizeof(*unit));
	Dwarf_Lines *lines;
	const char *name;

	if (!unit)
		return NULL;
	if (!dwarf_offdie(dwarf, offset, &unit->die))
		return TAKE_PTR(unit);
	unit->code = unit->die;
	unit->comp_dir = die_string(&unit->die, DW_AT_comp_dir);
	unit_find_split(unit, dir);
	name = dwarf_diename(&unit->code);
	unit->relative = name && name[0] != '/';
	unit->qualifies = language_qualifies(dwarf_srclang(&unit->code));
	if (dwarf_getsrcfiles(&unit->code, &unit->files, &unit->n_files) != 0)
		unit->files = NULL;
	if (dwarf_getsrclines(&unit->die, &lines, &unit->n_lines) != 0)
		unit->n_lines = 0;
	if (functions_init(&unit->functions, &unit->code, code, budget) < 0)
		return NULL;
	return TAKE_PTR(unit);
}

void unit_close(struct unit *unit)
{
	functions_done(&unit->functions);
	free(unit);
}

/*
 * Sets a file as the compiler was given it. libdw puts the folder of the compilation before
 * relative names; it is taken off again, but not where the compiler was given absolute names.
 */
static void unit_set_file(const struct unit *unit, const char *file, struct frame *frame)
{
	const char *dir = unit->comp_dir;
	size_t n = dir ? strlen(dir) : 0;

	if (file && strcmp(file, "???") == 0)
		file = NULL;
	if (file && unit->relative && n && strncmp(file, dir, n) == 0 && file[n] == '/' &&
	    file[n + 1] != '\0')
		file += n + 1;
	frame->file = file;
	frame->directory = file && file[0] != '/' ? dir : NULL;
}

void unit_find_line(struct unit *unit, Dwarf_Addr address, struct frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	int number;

	unit_set_file(unit, line ? dwarf_linesrc(line, NULL, NULL) : NULL, frame);
	frame->line = 0;
	if (line && dwarf_lineno(line, &number) == 0 && number > 0)
		frame->line = (uint32_t)number;
}

void unit_find_call_site(struct unit *unit, Dwarf_Die *scope, struct frame *frame)
{
	bool known;
	size_t file;

	scope_call_site(scope, &file, &frame->line);
	known = unit->files && file < unit->n_files;
	unit_set_file(unit, known ? dwarf_filesrc(unit->files, file, NULL, NULL) : NULL, frame);
}
