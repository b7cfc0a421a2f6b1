// SPDX-License-Identifier: BSD-2-Clause
/* Which tests were running in a process at a moment: see running.h. */
#include "model/running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* The program that ran in PID then. */
static const struct process *image_find(const struct result *result, uint32_t pid, uint64_t time_ns)
{
	const struct process *found = NULL;

	vec_foreach(process, &result->processes) {
		if (process->pid == pid && process->start_ns <= time_ns &&
		    (!found || found->start_ns <= process->start_ns))
			found = process;
	}
	return found;
}

/* Is the test a part of the process, and had begun but not ended? */
static bool runs_in(const struct test *test, const struct process *process, uint64_t time_ns)
{
	return test->pid == process->pid && !test->whole_process &&
	       test->begin_ns >= process->start_ns && test->begin_ns <= time_ns &&
	       (!test->end_ns || test->end_ns >= time_ns);
}

/* Does a part of it run, which says more? */
static bool has_inner(const struct result *result, uint32_t number, const struct process *process,
		      uint64_t time_ns)
{
	vec_foreach(test, &result->tests.items) {
		if (test->parent == number && runs_in(test, process, time_ns))
			return true;
	}
	return false;
}

static int name_add(char **name, const char *more)
{
	char *longer = *name ? str_printf("%s or %s", *name, more) : strdup(more);

	free(*name);
	*name = longer;
	return longer ? 0 : -ENOMEM;
}

int running_tests(const struct result *result, uint32_t pid, uint64_t time_ns, char **ret_name,
		  const char **ret_runner)
{
	const struct process *process = image_find(result, pid, time_ns);
	const struct test *around;
	uint32_t number = 0;
	char *name = NULL;

	if (!process)
		return 0;
	vec_foreach(test, &result->tests.items) {
		number++;
		if (!runs_in(test, process, time_ns) || has_inner(result, number, process, time_ns))
			continue;
		*ret_runner = test->runner;
		if (name_add(&name, test->name) < 0)
			return -ENOMEM;
	}
	around = tests_get(&result->tests, tests_number(&result->tests, process->epoch));
	if (!name && around) {
		*ret_runner = around->runner;
		if (name_add(&name, around->name) < 0)
			return -ENOMEM;
	}
	*ret_name = name;
	return name != NULL;
}
