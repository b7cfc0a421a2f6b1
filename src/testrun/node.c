// SPDX-License-Identifier: BSD-2-Clause
/* "node --test": a process for each file. The tests inside of it are not told apart. */
#include <errno.h>
#include <string.h>

#include "testrun/framework.h"

static int node_started(const struct started *started, struct test_names *ret)
{
	const char *file = NULL;

	for (char *const *argument = started->command + 1; argument[-1] && *argument; argument++) {
		if ((*argument)[0] != '-')
			file = *argument;
	}
	if (!file)
		return 0;
	ret->label = strdup(file);
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_node = {
	.name = "node",
	.runners = { { .comm = "node", .argument = "--test", .kind = LT_RUNNER_PARENT } },
	.started = node_started,
};
