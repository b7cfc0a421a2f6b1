// SPDX-License-Identifier: BSD-2-Clause
/*
 * "cargo nextest": it starts the program of the tests once for each, "PROGRAM --exact NAME ...",
 * and does so through itself: "cargo-nextest __double-spawn -- PROGRAM '--exact NAME ...'", which
 * then becomes the program. What it starts to build, or to list the tests, has no "--exact". The
 * file of a program ends with "-" and 16 digits.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static int names_set(const char *program, const char *name, size_t n, struct test_names *ret)
{
	const char *file = str_basename(program);
	size_t n_file = strlen(file), n_hash = strlen("-0123456789abcdef");

	if (n == 0)
		return 0;
	if (n_file > n_hash && file[n_file - n_hash] == '-' &&
	    strspn(file + n_file - n_hash + 1, "0123456789abcdef") == n_hash - 1)
		n_file -= n_hash;
	ret->label = strndup(name, n);
	ret->suite = strndup(file, n_file);
	ret->name = strndup(name, n);
	return ret->label && ret->suite && ret->name ? 1 : -ENOMEM;
}

static int nextest_started(const struct started *started, struct test_names *ret)
{
	static const char exact[] = "--exact";
	char *const *command = started->command;

	for (char *const *argument = command; argument[0] && argument[1]; argument++) {
		const char *name = argument[1] + strlen(exact);

		if (!str_starts_with(argument[1], exact))
			continue;
		if (*name == ' ') /* All arguments are in this one. */
			return names_set(argument[0], name + 1, strcspn(name + 1, " "), ret);
		if (!*name && argument[2])
			return names_set(command[0], argument[2], strlen(argument[2]), ret);
	}
	return 0;
}

const struct framework framework_nextest = {
	.name = "nextest",
	.runners = { { .comm = "cargo-nextest", .kind = LT_RUNNER_PARENT } },
	.started = nextest_started,
};
