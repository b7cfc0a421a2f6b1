// SPDX-License-Identifier: BSD-2-Clause
/*
 * prove, and with it most Perl test suites: a process for each file, "perl t/a.t" or "t/b.t". What
 * prove is made of is also run by the makefiles of modules, by Module::Build, and by Perl's own
 * t/harness, which start other things as well.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

/* The script that an interpreter runs, or a program that is the test; NULL: neither. */
static const char *script_find(char *const *command)
{
	for (char *const *argument = command + 1; *argument; argument++) {
		if ((*argument)[0] != '-')
			return *argument;
	}
	return str_starts_with(str_basename(command[0]), "perl") ? NULL : command[0];
}

static bool is_prove(char *const *command)
{
	return !command || !command[0] || !command[1] ||
	       strcmp(str_basename(command[1]), "prove") == 0;
}

static int prove_started(const struct started *started, struct test_names *ret)
{
	const char *file = script_find(started->command);

	if (!file || (!is_prove(started->runner_command) && !str_ends_with(file, ".t")))
		return 0;
	ret->label = strdup(file);
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_prove = {
	.name = "prove",
	.runners = {
		{ .argument = "prove", .kind = LT_RUNNER_PARENT },
		{ .argument = "-MExtUtils::Command::MM", .kind = LT_RUNNER_PARENT },
		{ .argument = "Build", .kind = LT_RUNNER_PARENT },
		{ .argument = "harness", .kind = LT_RUNNER_PARENT },
	},
	.started = prove_started,
};
