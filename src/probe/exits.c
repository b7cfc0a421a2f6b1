// SPDX-License-Identifier: BSD-2-Clause
/* exit() and _exit(): see exits.h. */
#include "probe/exits.h"

enum { EXIT, QUICK_EXIT, UNDERSCORE_EXIT, CAPITAL_EXIT, N_EXITS };

static void point_add(struct probe_point *points, size_t *n, const struct elf_function *function)
{
	/* _exit and _Exit are mostly one function. */
	if (function->offset && (*n == 0 || points[0].offset != function->offset))
		points[(*n)++].offset = function->offset;
}

int exits_find(struct elf_file *file, struct exits *ret)
{
	struct elf_function functions[N_EXITS] = {
		[EXIT].name = "exit",
		[QUICK_EXIT].name = "quick_exit",
		[UNDERSCORE_EXIT].name = "_exit",
		[CAPITAL_EXIT].name = "_Exit",
	};

	*ret = (struct exits){ 0 };
	elf_file_functions(file, false, functions, N_EXITS);
	if (!functions[UNDERSCORE_EXIT].offset && !elf_file_soname(file))
		elf_file_functions(file, true, functions, N_EXITS);
	point_add(ret->begins, &ret->n_begins, &functions[EXIT]);
	point_add(ret->begins, &ret->n_begins, &functions[QUICK_EXIT]);
	point_add(ret->holds, &ret->n_holds, &functions[UNDERSCORE_EXIT]);
	point_add(ret->holds, &ret->n_holds, &functions[CAPITAL_EXIT]);
	return ret->n_holds > 0;
}
