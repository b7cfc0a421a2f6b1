// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads CTestTestfile.cmake and what it includes: add_test(NAME COMMAND...), subdirs(FOLDER...) and
 * include(FILE), whatever conditions are around them. Whoever owns the build wrote them: anything
 * may be in there.
 */
#include "testrun/ctest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/vec.h"
#include "testrun/cmake_text.h"

enum {
	MAX_BYTES = 64 << 20, /* of all files */
	MAX_FILES = 4096,
	MAX_DEPTH = 32,
	MAX_WRAPPERS = 16, /* arguments before the command, of an interpreter or a wrapper */
	NAMES_SHOWN = 3,
};

struct listed {
	char *name;
	char **command; /* N strings */
	size_t n;
};

/* What ctest has read when it began; it does not read it again either. */
struct list {
	VEC(struct listed) tests;
	uint32_t runner_pid;
	size_t n_files, n_bytes;
};

static void list_free(void *data)
{
	struct list *list = data;

	vec_foreach(test, &list->tests) {
		free(test->name);
		for (size_t i = 0; i < test->n; i++)
			free(test->command[i]);
		free(test->command);
	}
	vec_done(&list->tests);
	free(list);
}

/* The folder that ctest was told to test. */
static const char *test_folder(char *const *command)
{
	for (; command && command[0]; command++) {
		if (strcmp(command[0], "--test-dir") == 0 && command[1])
			return command[1];
	}
	return ".";
}

/* Where the process finds the path: from FOLDER, a path of ours, or from its root. */
static char *path_from(const struct list *list, const char *folder, const char *path)
{
	return path[0] == '/' ? str_printf("/proc/%u/root%s", list->runner_pid, path) :
				str_printf("%s/%s", folder, path);
}

/* Takes the arguments of add_test(): its name, and its command. */
static int list_add(struct list *list, struct cmake_command *command)
{
	struct listed test = { .n = command->arguments.n - 1 };

	test.command = calloc(test.n + 1, sizeof(*test.command));
	if (!test.command || vec_push(&list->tests, test) < 0) {
		free(test.command);
		return -ENOMEM;
	}
	memcpy(test.command, command->arguments.items + 1, test.n * sizeof(*test.command));
	list->tests.items[list->tests.n - 1].name = command->arguments.items[0];
	command->arguments.n = 0;
	return 0;
}

static int file_search(struct list *list, const char *path, unsigned depth);

static int folders_search(struct list *list, const char *folder, char *const *names, size_t n,
			  unsigned depth)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		_cleanup_free_ char *below = path_from(list, folder, names[i]);
		_cleanup_free_ char *path =
			below ? str_printf("%s/CTestTestfile.cmake", below) : NULL;

		r = path ? file_search(list, path, depth) : -ENOMEM;
	}
	return r;
}

static int command_look(struct list *list, const char *folder, struct cmake_command *command,
			unsigned depth)
{
	char *const *arguments = command->arguments.items;
	size_t n = command->arguments.n;
	_cleanup_free_ char *path = NULL;

	if (n == 0)
		return 0;
	if (strcmp(command->name, "add_test") == 0)
		return list_add(list, command);
	if (strcmp(command->name, "subdirs") == 0)
		return folders_search(list, folder, arguments, n, depth + 1);
	if (strcmp(command->name, "include") != 0)
		return 0;
	path = path_from(list, folder, arguments[0]);
	return path ? file_search(list, path, depth + 1) : -ENOMEM;
}

/* Never waits for a pipe that somebody has put there. */
static int file_read(const char *path, size_t max_bytes, char **ret_text, size_t *ret_n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? str_read_fd(fd, max_bytes, ret_text, ret_n) : -EINVAL;
}

/* Files that cannot be read have no tests. */
static int file_search(struct list *list, const char *path, unsigned depth)
{
	_cleanup_(cmake_command_done) struct cmake_command command = { 0 };
	_cleanup_free_ char *text = NULL, *folder = strdup(path);
	const char *at;
	size_t n;
	int r = 1;

	if (!folder)
		return -ENOMEM;
	if (depth > MAX_DEPTH || list->n_files++ >= MAX_FILES ||
	    file_read(path, MAX_BYTES - list->n_bytes, &text, &n) < 0)
		return 0;
	list->n_bytes += n;
	*strrchr(folder, '/') = '\0';
	at = text;
	while (r > 0) {
		r = cmake_next_command(&at, &command);
		if (r > 0 && command_look(list, folder, &command, depth) < 0)
			r = -ENOMEM;
	}
	return r;
}

static int list_read(const struct started *started)
{
	const char *folder = test_folder(started->runner_command);
	_cleanup_free_ char *cwd = str_printf("/proc/%u/cwd", started->runner_pid);
	struct list *list = calloc(1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->runner_pid = started->runner_pid;
	started->memory->data = list;
	started->memory->free = list_free;
	return cwd ? folders_search(list, cwd, (char *const[]){ (char *)folder }, 1, 0) : -ENOMEM;
}

/* ctest finds programs that are named without a folder by itself. */
static bool is_program(const char *listed, const char *run)
{
	return strcmp(listed, run) == 0 ||
	       (listed[0] != '/' && strcmp(str_basename(listed), str_basename(run)) == 0);
}

/* Is the test's command the end of the process's, which has N_RUN arguments? */
static bool is_command(const struct listed *test, char *const *run, size_t n_run)
{
	if (test->n == 0 || n_run < test->n || n_run - test->n > MAX_WRAPPERS)
		return false;
	run += n_run - test->n;
	for (size_t i = 1; i < test->n; i++) {
		if (strcmp(test->command[i], run[i]) != 0)
			return false;
	}
	return is_program(test->command[0], run[0]);
}

/* The tests with a command. */
struct found {
	const char *names[NAMES_SHOWN];
	size_t n;
	bool more;
};

/* A file may be included twice. */
static void found_add(struct found *found, const char *name)
{
	for (size_t i = 0; i < found->n; i++) {
		if (strcmp(found->names[i], name) == 0)
			return;
	}
	if (found->n < NAMES_SHOWN)
		found->names[found->n++] = name;
	else
		found->more = true;
}

static char *found_label(const struct found *found)
{
	char *label = strdup(found->names[0]);

	for (size_t i = 1; label && i < found->n + found->more; i++) {
		char *longer =
			str_printf("%s or %s", label, i < found->n ? found->names[i] : "others");

		free(label);
		label = longer;
	}
	return label;
}

int ctest_file_label(const struct started *started, char **ret_label)
{
	struct found found = { 0 };
	const struct list *list;
	size_t n_run = 0;

	if (!started->memory->data && list_read(started) < 0)
		return -ENOMEM;
	while (started->command[n_run])
		n_run++;
	list = started->memory->data;
	vec_foreach(test, &list->tests) {
		if (is_command(test, started->command, n_run))
			found_add(&found, test->name);
	}
	if (found.n == 0)
		return 0;
	*ret_label = found_label(&found);
	return *ret_label ? 1 : -ENOMEM;
}
