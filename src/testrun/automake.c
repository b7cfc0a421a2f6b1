// SPDX-License-Identifier: BSD-2-Clause
/* "make check" of automake: a script, test-driver, is started for each test, with its name. */
#include <errno.h>
#include <string.h>

#include "testrun/framework.h"

static int automake_started(const struct started *started, struct test_names *ret)
{
	for (char *const *argument = started->command; argument[0] && argument[1]; argument++) {
		if (strcmp(argument[0], "--") == 0)
			return 0;
		if (strcmp(argument[0], "--test-name") != 0)
			continue;
		ret->label = strdup(argument[1]);
		return ret->label ? 1 : -ENOMEM;
	}
	return 0;
}

const struct framework framework_automake = {
	.name = "automake",
	.runners = { { .argument = "test-driver", .kind = LT_RUNNER_SELF } },
	.started = automake_started,
};
