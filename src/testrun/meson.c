// SPDX-License-Identifier: BSD-2-Clause
/*
 * "meson test": it starts the commands that meson-info/intro-tests.json of the build folder lists,
 * several tests with the same command in the order of that list. Interpreters and wrappers come
 * before a command, and what is said on the command line of meson behind it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "testrun/framework.h"

enum {
	MAX_INTRO_BYTES = 64 << 20,
	MAX_ARGUMENTS = 64, /* of a process, that are looked at */
};

/* The list of tests, as it was in one version of the file. */
struct intro {
	struct stat file;
	json_t *list;
	json_t *by_command; /* joined command -> array of tests */
};

static void intro_free(void *data)
{
	struct intro *intro = data;

	json_decref(intro->by_command);
	json_decref(intro->list);
	free(intro);
}

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

/* Where the list is, NULL: nowhere. It goes into the folder before it starts the first test. */
static char *intro_path(const struct started *started, struct stat *ret)
{
	const char *folder = build_folder(started->runner_command);
	const char *const places[][2] = { { "root", folder[0] == '/' ? folder : "." },
					  { "cwd", "." },
					  { "cwd", folder } };

	for (int i = folder[0] != '/'; i < (folder[0] == '/' ? 1 : 3); i++) {
		char *path = str_printf("/proc/%u/%s/%s/meson-info/intro-tests.json",
					started->runner_pid, places[i][0], places[i][1]);

		if (path && stat(path, ret) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* The N arguments as one string. */
static char *command_join(char *const *command, size_t n)
{
	size_t n_bytes = 1;
	char *joined, *to;

	for (size_t i = 0; i < n; i++)
		n_bytes += strlen(command[i]) + 1;
	joined = to = malloc(n_bytes);
	if (!joined)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		to = stpcpy(to, command[i]);
		*to++ = '\n';
	}
	*to = '\0';
	return joined;
}

static char *command_of(const json_t *test)
{
	const json_t *parts = json_object_get(test, "cmd");
	size_t n = json_array_size(parts);
	_cleanup_free_ char **command = calloc(n + 1, sizeof(*command));

	if (!command || n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		command[i] = (char *)json_string_value(json_array_get(parts, i));
		if (!command[i])
			return NULL;
	}
	return command_join(command, n);
}

/* Sorts the list by command. What is not in the form of a test is left out. */
static int intro_index(struct intro *intro)
{
	json_t *test;
	size_t i;

	intro->by_command = json_object();
	json_array_foreach(intro->list, i, test)
	{
		_cleanup_free_ char *command = command_of(test);
		json_t *tests = command ? json_object_get(intro->by_command, command) : NULL;

		if (!command)
			continue;
		if (!tests) {
			tests = json_array();
			if (json_object_set_new(intro->by_command, command, tests) < 0)
				return -ENOMEM;
		}
		if (json_array_append(tests, test) < 0)
			return -ENOMEM;
	}
	return 0;
}

static struct intro *intro_read(const char *path, const struct stat *file)
{
	struct intro *intro = calloc(1, sizeof(*intro));
	_cleanup_free_ char *text = NULL;
	size_t n;

	if (!intro)
		return NULL;
	intro->file = *file;
	if (str_read_file(path, MAX_INTRO_BYTES, &text, &n) == 0)
		intro->list = json_loadb(text, n, 0, NULL);
	if (intro->list && intro_index(intro) == 0)
		return intro;
	intro_free(intro);
	return NULL;
}

/* The list, read again when it is another file by now; NULL if it cannot be had. */
static const struct intro *intro_get(const struct started *started)
{
	struct runner_memory *memory = started->memory;
	struct intro *known = memory->data;
	struct stat file;
	_cleanup_free_ char *path = intro_path(started, &file);

	if (!path)
		return NULL;
	if (known && known->file.st_ino == file.st_ino && known->file.st_size == file.st_size &&
	    memcmp(&known->file.st_mtim, &file.st_mtim, sizeof(file.st_mtim)) == 0)
		return known;
	if (known)
		intro_free(known);
	memory->data = intro_read(path, &file);
	memory->free = intro_free;
	return memory->data;
}

/* The tests that COMMAND may be: those of the longest part of it that is a command in the list. */
static const json_t *intro_find(const struct intro *intro, char *const *command)
{
	size_t n = 0;

	while (n < MAX_ARGUMENTS && command[n])
		n++;
	for (size_t n_part = n; n_part > 0; n_part--) {
		for (size_t first = 0; first + n_part <= n; first++) {
			_cleanup_free_ char *joined = command_join(command + first, n_part);
			const json_t *found =
				joined ? json_object_get(intro->by_command, joined) : NULL;

			if (found)
				return found;
		}
	}
	return NULL;
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

static int meson_started(const struct started *started, struct test_names *ret)
{
	const struct intro *intro = intro_get(started);
	const json_t *tests = intro ? intro_find(intro, started->command) : NULL;

	if (!intro && strcmp(str_basename(started->command[0]), "ninja") != 0) {
		ret->label = strdup(str_basename(started->command[0]));
		return ret->label ? 1 : -ENOMEM;
	}
	if (!tests)
		return 0;
	/* With --repeat the list is gone through several times. */
	return names_set(json_array_get(tests, started->n_before % json_array_size(tests)), ret);
}

const struct framework framework_meson = {
	.name = "meson",
	.runners = { { .argument = "meson", .kind = LT_RUNNER_PARENT } },
	.started = meson_started,
};
