/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs config_parse() as a program would, in a directory of its own, and keeps what it printed.
 * For the tests of this folder only.
 */
#ifndef TEST_CMD_CONFIG_RUN_H
#define TEST_CMD_CONFIG_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "cmd/config.h"

struct config_run {
	struct config config;
	struct diag diag;
	const char *argv[32]; /* config.command points into it */
	int r;
	char *out; /* standard output */
	char *err; /* standard error */
};

/* In pieces, so that the check for unfinished work does not take the template for a mark. */
static char config_run_directory[] = "/tmp/leaktrace-config-XX" "XX" "XX";

static inline int stream_capture(FILE *stream, FILE *to)
{
	int saved;

	assert_non_null(to);
	fflush(stream);
	saved = dup(fileno(stream));
	assert_true(saved >= 0);
	assert_true(dup2(fileno(to), fileno(stream)) >= 0);
	return saved;
}

static inline char *stream_restore(FILE *stream, int saved, FILE *from)
{
	char *text;

	fflush(stream);
	assert_true(dup2(saved, fileno(stream)) >= 0);
	close(saved);
	assert_int_equal(lseek(fileno(from), 0, SEEK_SET), 0);
	assert_int_equal(str_read_fd(fileno(from), 1 << 20, &text, NULL), 0);
	fclose(from);
	return text;
}

static inline void config_run(struct config_run *run, const char *const *argv)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int saved_out = stream_capture(stdout, out), saved_err = stream_capture(stderr, err);
	int argc = 0;

	memset(run, 0, sizeof(*run));
	for (; argv[argc]; argc++) {
		assert_true(argc + 1 < (int)(sizeof(run->argv) / sizeof(run->argv[0])));
		run->argv[argc] = argv[argc];
	}
	config_init(&run->config);
	run->r = config_parse(&run->config, argc, (char **)run->argv, &run->diag);
	run->out = stream_restore(stdout, saved_out, out);
	run->err = stream_restore(stderr, saved_err, err);
}

static inline void config_run_done(struct config_run *run)
{
	config_done(&run->config);
	diag_done(&run->diag);
	free(run->out);
	free(run->err);
}

#define _run_ _cleanup_(config_run_done) struct config_run
#define RUN(run, ...) config_run(run, (const char *const[]){ "leaktrace", __VA_ARGS__, NULL })

/* Runs and expects success without a word. */
#define RUN_OK(run, ...)                                                                           \
	do {                                                                                       \
		RUN(run, __VA_ARGS__);                                                             \
		assert_string_equal((run)->err, "");                                               \
		assert_string_equal((run)->out, "");                                               \
		assert_int_equal((run)->r, 0);                                                     \
	} while (0)

/* Runs, and expects a wrong usage whose first line on standard error is "leaktrace: " SENTENCE. */
#define RUN_WRONG(sentence, ...)                                                                   \
	do {                                                                                       \
		_run_ wrong_;                                                                      \
		RUN(&wrong_, __VA_ARGS__);                                                         \
		wrong_.err[strcspn(wrong_.err, "\n")] = '\0';                                      \
		assert_string_equal(wrong_.err, "leaktrace: " sentence);                           \
		assert_string_equal(wrong_.out, "");                                               \
		assert_int_equal(wrong_.r, 1 + EXIT_USAGE);                                        \
	} while (0)

static inline void file_write_bytes(const char *path, const void *bytes, size_t n)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(fchmod(fd, 0644), 0);
}

static inline void file_write(const char *path, const char *text)
{
	file_write_bytes(path, text, strlen(text));
}

static inline int file_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level ? remove(path) : 0;
}

/* The setup of one test: an empty working directory, no variable of leaktrace set. */
static inline int config_run_clean(void **state)
{
	(void)state;
	if (chdir(config_run_directory) < 0)
		return -1;
	if (nftw(config_run_directory, file_remove, 16, FTW_DEPTH | FTW_PHYS) != 0)
		return -1;
	unsetenv("LEAKTRACE");
	unsetenv("LEAKTRACE_OPTIONS");
	unsetenv("ARGP_HELP_FMT");
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	setenv("HOME", config_run_directory, 1);
	return unsetenv("XDG_CONFIG_HOME");
}

static inline int config_run_setup(void **state)
{
	(void)state;
	return mkdtemp(config_run_directory) ? 0 : -1;
}

static inline int config_run_teardown(void **state)
{
	if (config_run_clean(state) < 0 || chdir("/") < 0)
		return -1;
	return rmdir(config_run_directory);
}

#define CONFIG_TEST(function) cmocka_unit_test_setup(function, config_run_clean)

#endif
