// SPDX-License-Identifier: BSD-2-Clause
/*
 * Leaks of tools: see system_tools.h. Many of them end without releasing what they have, which is
 * right for a tool, and some have dropped a pointer to it on the way.
 */
#include "cmd/system_tools.h"

#include <string.h>

#include "base/str.h"

static const char *const folders[] = { "/usr/bin/", "/bin/" };

/* Of shells, build systems and scripts. */
static const char *const names[] = {
	"awk",	  "basename", "bash",	"cat",	    "chmod",	"cmp",	   "comm",    "cp",
	"cut",	  "dash",     "date",	"diff",	    "diff3",	"dirname", "egrep",   "env",
	"expand", "expr",     "fgrep",	"find",	    "fold",	"gawk",	   "getconf", "grep",
	"gunzip", "gzip",     "head",	"hostname", "id",	"install", "join",    "ln",
	"ls",	  "make",     "mawk",	"md5sum",   "mkdir",	"mktemp",  "mv",      "nproc",
	"od",	  "paste",    "printf", "readlink", "realpath", "rm",	   "rmdir",   "sed",
	"seq",	  "sha1sum",  "sleep",	"sort",	    "stat",	"tail",	   "tar",     "tee",
	"test",	  "timeout",  "touch",	"tr",	    "tty",	"uname",   "uniq",    "wc",
	"which",  "xargs",
};

static bool is_tool(const char *exe)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *name = exe + strlen(folders[i]);

		if (!str_starts_with(exe, folders[i]))
			continue;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (strcmp(name, names[k]) == 0)
				return true;
		}
	}
	return false;
}

/* The command is what the user wants to know about, unless it only starts others. */
static bool is_command(const struct result *result, const char *exe)
{
	const struct process *first = result->processes.items;

	return first->exe && strcmp(first->exe, exe) == 0 && strcmp(str_basename(exe), "make") != 0;
}

static int tool_suppress(struct result *result, const char *exe, struct diag *diag)
{
	_cleanup_free_ char *line = str_printf("leak:^%s$", exe);

	if (!line)
		return -ENOMEM;
	return suppressions_add_own(&result->suppressions, line, "a tool of the system", diag);
}

int system_tools_suppress(const struct fail_on *fail_on, struct result *result, struct diag *diag)
{
	int r = 0;

	if (result->mode != MODE_RUN || !(fail_on->classes[KIND_MEMORY] & 1u << CLASS_LOST))
		return 0;
	vec_foreach(item, &result->sites.items) {
		const struct site_key *key = &(*item)->key;
		const char *exe = result->processes.items[key->process].exe;

		if (r < 0 || key->kind != KIND_MEMORY || key->class != CLASS_LOST || !exe)
			continue;
		if (is_tool(exe) && !is_command(result, exe))
			r = tool_suppress(result, exe, diag);
	}
	return r;
}
