// SPDX-License-Identifier: BSD-2-Clause
/*
 * CTest: it writes "    Start  7: name" and then starts the process of that test, one after the
 * other, also with -j. With -Q it writes nothing: then the list of tests in the build folder has
 * the name, or else the command has to do as one.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/ctest_file.h"

static int ctest_announced(const char *line, struct test_names *ret)
{
	size_t start = strspn(line, " "), n;
	const char *at = line + start;

	if (!str_starts_with(at, "Start "))
		return 0;
	at += strlen("Start ");
	at += strspn(at, " ");
	n = strspn(at, "0123456789");
	if (n == 0 || at[n] != ':' || at[n + 1] != ' ')
		return 0;
	at += n + 2;
	n = strcspn(at, "\n");
	if (n == 0)
		return 0;
	ret->label = strndup(at, n);
	return ret->label ? 1 : -ENOMEM;
}

static int ctest_started(const struct started *started, struct test_names *ret)
{
	int r = ctest_file_label(started, &ret->label);

	if (r)
		return r;
	ret->label = strdup(str_basename(started->command[0]));
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_ctest = {
	.name = "ctest",
	.runners = { { .comm = "ctest", .kind = LT_RUNNER_PARENT, .announces = 1 } },
	.announced = ctest_announced,
	.started = ctest_started,
};
