// SPDX-License-Identifier: BSD-2-Clause
/*
 * Suites within suites, where the name of a test alone does not tell it from one of another suite.
 * The outermost one is the program's own, which the names of tests leave out.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/state.h"

static void suites_clear(struct suites *suites)
{
	vec_foreach(name, &suites->names)
		free(*name);
	vec_done(&suites->names);
}

void suites_done(struct testrun *testrun)
{
	vec_foreach(suites, &testrun->suites)
		suites_clear(suites);
	vec_done(&testrun->suites);
}

static struct suites *suites_find(struct testrun *testrun, uint32_t process)
{
	vec_foreach(suites, &testrun->suites) {
		if (suites->process == process)
			return suites;
	}
	return NULL;
}

int suites_enter(struct testrun *testrun, const struct test_signal *signal)
{
	struct suites *suites = suites_find(testrun, signal->process);
	char *name = strdup(signal->texts[0] ? signal->texts[0] : "?");
	int r = name ? 0 : -ENOMEM;

	if (r == 0 && !suites) {
		r = vec_push(&testrun->suites, (struct suites){ .process = signal->process });
		suites = &testrun->suites.items[testrun->suites.n - 1];
	}
	if (r == 0)
		r = vec_push(&suites->names, name);
	if (r < 0)
		free(name);
	return r;
}

void suites_leave(struct testrun *testrun, const struct test_signal *signal)
{
	struct suites *suites = suites_find(testrun, signal->process);

	if (suites && suites->names.n)
		free(suites->names.items[--suites->names.n]);
}

void suites_process_ended(struct testrun *testrun, uint32_t process)
{
	struct suites *suites = suites_find(testrun, process);

	if (!suites)
		return;
	suites_clear(suites);
	*suites = testrun->suites.items[--testrun->suites.n];
}

/* The names with SEPARATOR between; NULL: out of memory. */
static char *suites_path(const struct suites *suites, const char *separator)
{
	char *path = strdup("");

	for (size_t i = 1; path && i < suites->names.n; i++) {
		char *longer =
			str_printf("%s%s%s", path, i > 1 ? separator : "", suites->names.items[i]);

		free(path);
		path = longer;
	}
	return path;
}

int suites_name(struct testrun *testrun, uint32_t process, struct test_names *names)
{
	struct suites *suites = suites_find(testrun, process);
	_cleanup_free_ char *path = NULL;

	if (!suites || suites->names.n < 2)
		return 0;
	path = suites_path(suites, "/");
	names->name = names->label;
	names->label = path ? str_printf("%s/%s", path, names->name) : NULL;
	names->suite = suites_path(suites, ".");
	return names->label && names->suite ? 0 : -ENOMEM;
}
