// SPDX-License-Identifier: BSD-2-Clause
/* The table of programs that release the root of their memory: see teardowns.h. */
#include "probe/teardowns.h"

#include "base/str.h"

static const struct {
	const char *program; /* begins the name of its file */
	const char *library; /* begins the name of one that may have the function instead */
	const char *function;
} teardowns[] = {
	/*
	 * perl_destruct() leaves what there is to the end of the process, and perl_free() releases
	 * the interpreter, on which all of it hangs. Threads have interpreters of their own, and
	 * release them in full before: the last call counts.
	 */
	{ "perl", "libperl.so", "perl_free" },
};

enum { N_TEARDOWNS = sizeof(teardowns) / sizeof(teardowns[0]) };

int teardown_find(struct elf_file *file, const char *path, struct probe_point *ret)
{
	const char *name = str_basename(path);

	for (int i = 0; i < N_TEARDOWNS; i++) {
		struct elf_function function = { .name = teardowns[i].function };

		if (!str_starts_with(name, teardowns[i].program) &&
		    !str_starts_with(name, teardowns[i].library))
			continue;
		if (!elf_file_functions(file, true, &function, 1))
			continue;
		*ret = (struct probe_point){ .offset = function.offset };
		return 1;
	}
	return 0;
}

bool teardown_ends(const char *path)
{
	for (int i = 0; i < N_TEARDOWNS; i++) {
		if (str_starts_with(str_basename(path), teardowns[i].program))
			return true;
	}
	return false;
}
