// SPDX-License-Identifier: BSD-2-Clause
/* Which test a process runs, by what it comes from: see kin.h. */
#include "testrun/kin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

void kin_test_done(struct kin_test *test)
{
	free(test->name);
	*test = (struct kin_test){ 0 };
}

/* The value of a variable in what was given to the program; NULL: it has none. */
static const char *variable_get(const struct kin *kin, const char *variable)
{
	size_t n = strlen(variable), at = 0;

	while (kin->environment && at < kin->environment_bytes) {
		const char *text = kin->environment + at;
		size_t length = strnlen(text, kin->environment_bytes - at);

		if (length > n && text[n] == '=' && strncmp(text, variable, n) == 0 &&
		    at + length < kin->environment_bytes)
			return text + n + 1;
		at += length + 1;
	}
	return NULL;
}

static bool name_ends_with(const char *name, const char *label)
{
	size_t n = strlen(name), n_label = strlen(label);

	return str_ends_with(name, label) &&
	       (n == n_label ||
		(n > n_label + 3 && strncmp(name + n - n_label - 3, " / ", 3) == 0));
}

/* A test within the one that is known so far. One that is called like that is the same. */
static int test_add(struct kin_test *test, const struct framework *framework, const char *label)
{
	char *longer;

	if (test->name && name_ends_with(test->name, label))
		return 0;
	longer = test->name ? str_printf("%s / %s", test->name, label) : strdup(label);
	if (!longer)
		return -ENOMEM;
	free(test->name);
	test->name = longer;
	test->runner = framework->name;
	test->variable = NULL;
	return 0;
}

static int add_value(struct kin_test *test, const struct framework *framework, const char *value)
{
	const char *texts[LT_SIGNAL_TEXTS] = { value };
	struct test_names names = { 0 };
	const char *before = test->name;
	int r = framework->named(texts, &names);

	if (r > 0)
		r = test_add(test, framework, names.label);
	if (r == 0 && test->name != before)
		test->variable = framework->variable;
	test_names_done(&names);
	return r;
}

int kin_add_variable(struct kin_test *test, const char *variable, const char *value)
{
	for (const struct framework *const *at = frameworks; *at; at++) {
		if ((*at)->variable && strcmp((*at)->variable, variable) == 0)
			return add_value(test, *at, value);
	}
	return 0;
}

/* A variable that is as its parent has it tells of what the parent is in. */
static int by_variable(const struct kin *kin, const struct kin *parent, struct kin_test *test)
{
	int r = 0;

	for (const struct framework *const *at = frameworks; r == 0 && *at; at++) {
		const char *value = (*at)->variable ? variable_get(kin, (*at)->variable) : NULL;
		const char *above = value && parent ? variable_get(parent, (*at)->variable) : NULL;

		if (value && !(above && strcmp(above, value) == 0))
			r = add_value(test, *at, value);
	}
	return r;
}

/* As the kernel's half finds runners. */
static bool runner_is(const struct lt_runner *runner, const struct kin *kin,
		      enum lt_runner_kind kind)
{
	if (runner->kind != kind)
		return false;
	if (runner->comm[0] && strncmp(kin->name, runner->comm, sizeof(kin->name)) != 0)
		return false;
	return !runner->argument[0] ||
	       (kin->command[1] && strcmp(str_basename(kin->command[1]), runner->argument) == 0);
}

static bool is_runner(const struct kin *kin, const struct framework *framework,
		      enum lt_runner_kind kind)
{
	for (int i = 0; kin->command && kin->command[0] && i < FRAMEWORK_RUNNERS; i++) {
		if (runner_is(&framework->runners[i], kin, kind))
			return true;
	}
	return false;
}

static int by_command(const struct kin *kin, const struct kin *parent,
		      const struct framework *framework, struct kin_test *test)
{
	struct runner_memory memory = { 0 };
	struct test_names names = { 0 };
	struct started started = { .command = kin->command, .memory = &memory };
	int r;

	if (parent) {
		started.runner_pid = parent->pid;
		started.runner_command = parent->command;
	}
	r = framework->started(&started, &names);
	if (r > 0)
		r = test_add(test, framework, names.label);
	test_names_done(&names);
	if (memory.data)
		memory.free(memory.data);
	return r;
}

/* Is it a process of a runner, or does its own command name a test? */
static int by_commands(const struct kin *kin, const struct kin *parent, struct kin_test *test)
{
	int r = 0;

	if (!kin->command || !kin->command[0])
		return 0;
	for (const struct framework *const *at = frameworks; r == 0 && *at; at++) {
		if (!(*at)->started)
			continue;
		if (parent && is_runner(parent, *at, LT_RUNNER_PARENT))
			r = by_command(kin, parent, *at, test);
		else if (is_runner(kin, *at, LT_RUNNER_SELF) ||
			 (*at)->runners[0].kind == LT_RUNNER_NONE)
			r = by_command(kin, NULL, *at, test);
	}
	return r;
}

/* The outermost first: each may begin a test within the one around it. */
int kin_find_test(const struct kin *kin, size_t n, struct kin_test *ret)
{
	int r = 0;

	*ret = (struct kin_test){ 0 };
	for (size_t i = n; r == 0 && i-- > 0;) {
		const struct kin *parent = i + 1 < n ? &kin[i + 1] : NULL;

		r = by_variable(&kin[i], parent, ret);
		if (r == 0)
			r = by_commands(&kin[i], parent, ret);
	}
	if (r < 0)
		kin_test_done(ret);
	return r;
}
