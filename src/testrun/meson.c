// SPDX-License-Identifier: BSD-2-Clause
/*
 * "meson test": it starts the commands that meson-info/intro-tests.json of the build folder lists,
 * several tests with the same command in the order of that list.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "testrun/framework.h"

enum { MAX_INTRO_BYTES = 64 << 20 };

/* The folder after -C, if there is one. */
static const char *build_folder(char *const *command)
{
	for (; command && command[0]; command++) {
		if (strcmp(command[0], "-C") == 0 && command[1])
			return command[1];
		if (str_starts_with(command[0], "-C") && command[0][2])
			return command[0] + 2;
	}
	return ".";
}

static json_t *intro_read(uint32_t pid, const char *where, const char *folder)
{
	_cleanup_free_ char *path =
		str_printf("/proc/%u/%s/%s/meson-info/intro-tests.json", pid, where, folder);
	_cleanup_free_ char *text = NULL;
	size_t n;

	if (!path || str_read_file(path, MAX_INTRO_BYTES, &text, &n) < 0)
		return NULL;
	return json_loadb(text, n, 0, NULL);
}

/* The list of tests; NULL if it cannot be had. */
static json_t *intro_load(const struct started *started)
{
	const char *folder = build_folder(started->runner_command);
	json_t *intro;

	if (folder[0] == '/')
		return intro_read(started->runner_pid, "root", folder);
	/* It goes into the folder before it starts the first test. */
	intro = intro_read(started->runner_pid, "cwd", ".");
	return intro ? intro : intro_read(started->runner_pid, "cwd", folder);
}

static bool command_is(const json_t *wanted, char *const *command)
{
	size_t i;
	json_t *part;

	json_array_foreach(wanted, i, part)
	{
		if (!command[i] || !json_is_string(part) ||
		    strcmp(json_string_value(part), command[i]) != 0)
			return false;
	}
	return i > 0 && !command[i];
}

static int names_set(const json_t *test, struct test_names *ret)
{
	const char *name = json_string_value(json_object_get(test, "name"));
	const char *suite = json_string_value(json_array_get(json_object_get(test, "suite"), 0));

	if (!name)
		return 0;
	ret->label = strdup(name);
	if (ret->label && suite) {
		ret->suite = strdup(suite);
		ret->name = strdup(name);
	}
	return ret->label && (!suite || (ret->suite && ret->name)) ? 1 : -ENOMEM;
}

static const json_t *intro_find(const json_t *intro, char *const *command, uint64_t nth)
{
	json_t *test;
	size_t i;

	json_array_foreach(intro, i, test)
	{
		if (command_is(json_object_get(test, "cmd"), command) && nth-- == 0)
			return test;
	}
	return NULL;
}

static int meson_started(const struct started *started, struct test_names *ret)
{
	_cleanup_(json_decrefp) json_t *intro = intro_load(started);
	uint64_t n = 0;

	while (intro_find(intro, started->command, n))
		n++;
	if (!intro && strcmp(str_basename(started->command[0]), "ninja") != 0) {
		ret->label = strdup(str_basename(started->command[0]));
		return ret->label ? 1 : -ENOMEM;
	}
	/* With --repeat the list is gone through several times. */
	return n ? names_set(intro_find(intro, started->command, started->n_before % n), ret) : 0;
}

const struct framework framework_meson = {
	.name = "meson",
	.runner = { .argument = "meson", .kind = LT_RUNNER_PARENT },
	.started = meson_started,
};
