// SPDX-License-Identifier: BSD-2-Clause
/* prove, and with it most Perl test suites: a process for each file, "perl t/a.t" or "t/b.t". */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static int prove_started(const struct started *started, struct test_names *ret)
{
	char *const *command = started->command;
	const char *file = command[0];

	if (str_starts_with(str_basename(file), "perl")) {
		file = NULL;
		for (char *const *argument = command + 1; *argument; argument++) {
			if ((*argument)[0] == '-')
				continue;
			file = *argument;
			break;
		}
	}
	if (!file)
		return 0;
	ret->label = strdup(file);
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_prove = {
	.name = "prove",
	.runner = { .argument = "prove", .kind = LT_RUNNER_PARENT },
	.started = prove_started,
};
