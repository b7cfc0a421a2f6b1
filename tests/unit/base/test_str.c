// SPDX-License-Identifier: BSD-2-Clause
/* Strings: bounded reading of files, hexadecimal, and names of others made printable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"

static void test_printf(void **state)
{
	_cleanup_free_ char *text = str_printf("%s-%d", "a", 7);

	(void)state;
	assert_string_equal(text, "a-7");
}

static void test_trim(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },	{ " \t\n", "" },       { "a b", "a b" },
		{ "  a", "a" }, { "\ra b \n", "a b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *text = strdup(cases[i][0]);

		assert_non_null(text);
		assert_string_equal(str_trim(text), cases[i][1]);
	}
}

/* A pipe that holds TEXT and then ends. */
static int pipe_with(const char *text, size_t n)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, n), (ssize_t)n);
	close(fds[1]);
	return fds[0];
}

static void test_read_fd_whole(void **state)
{
	_cleanup_close_ int fd = pipe_with("one\0two", 7);
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(str_read_fd(fd, 100, &text, &n), 0);
	assert_int_equal(n, 7);
	assert_memory_equal(text, "one\0two", 8);
}

static void test_read_fd_limit(void **state)
{
	char filler[10000];
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	(void)state;
	memset(filler, 'x', sizeof(filler));
	for (size_t limit = sizeof(filler) - 1; limit <= sizeof(filler) + 1; limit++) {
		_cleanup_close_ int fd = pipe_with(filler, sizeof(filler));
		int r = str_read_fd(fd, limit, &text, &n);

		if (limit < sizeof(filler)) {
			assert_int_equal(r, -EFBIG);
			assert_null(text);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(n, sizeof(filler));
		assert_memory_equal(text, filler, n);
		free(TAKE_PTR(text));
	}
}

static void test_read_fd_exact_zero(void **state)
{
	_cleanup_close_ int fd = pipe_with("", 0);
	_cleanup_free_ char *text = NULL;
	size_t n = 5;

	(void)state;
	assert_int_equal(str_read_fd(fd, 0, &text, &n), 0);
	assert_int_equal(n, 0);
	assert_string_equal(text, "");
}

static void test_read_file(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(str_read_file("/proc/self/comm", 100, &text, &n), 0);
	assert_int_equal(n, strlen(text));
	assert_true(n > 1);
	free(TAKE_PTR(text));
	assert_int_equal(str_read_file("/proc/self/no-such-file", 100, &text, NULL), -ENOENT);
	assert_int_equal(str_read_file("/proc/self", 100, &text, NULL), -EISDIR);
	assert_null(text);
}

static void test_hex(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x1f, 0xa0, 0xff };
	_cleanup_free_ char *text = str_hex(bytes, sizeof(bytes));
	_cleanup_free_ char *none = str_hex(bytes, 0);

	(void)state;
	assert_string_equal(text, "001fa0ff");
	assert_string_equal(none, "");
}

static void test_ends(void **state)
{
	(void)state;
	assert_true(str_starts_with("libc.so.6", "libc"));
	assert_true(str_starts_with("libc", ""));
	assert_false(str_starts_with("lib", "libc"));
	assert_true(str_ends_with("libc.so", ".so"));
	assert_true(str_ends_with("libc.so", ""));
	assert_false(str_ends_with("so", ".so"));
	assert_string_equal(str_basename("/usr/bin/git"), "git");
	assert_string_equal(str_basename("git"), "git");
	assert_string_equal(str_basename("/usr/"), "");
}

static void test_sanitize(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} cases[] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "a\nb\tc\033[31m", "a?b?c?[31m" },
		{ "\177", "?" },
		/* Valid: 2, 3 and 4 bytes, the last of each range. */
		{ "\xc3\xa9", "\xc3\xa9" },
		{ "\xdf\xbf", "\xdf\xbf" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		/* C1 controls steer terminals too; U+00A0 is the first that does not. */
		{ "\xc2\x9b"
		  "31m",
		  "??31m" },
		{ "\xc2\xa0", "\xc2\xa0" },
		/* What turns the direction of a text, or ends a line; and its neighbours. */
		{ "a\xe2\x80\xae"
		  "b\xe2\x81\xa9"
		  "c\xd8\x9c"
		  "d",
		  "a???b???c??d" },
		{ "\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
		  "\xe2\x80\x8d??????\xe2\x80\x90" },
		{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xaf", "\xe2\x80\xa7???\xe2\x80\xaf" },
		{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xaa", "\xe2\x81\xa5???\xe2\x81\xaa" },
		/* Overlong, surrogates, beyond the last code point, bytes that never occur. */
		{ "\xc0\xaf", "??" },
		{ "\xc1\xbf", "??" },
		{ "\xe0\x80\xaf", "???" },
		{ "\xe0\x9f\xbf", "???" },
		{ "\xf0\x80\x80\xaf", "????" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
		{ "\xf5\x80\x80\x80", "????" },
		{ "\xfe\xff", "??" },
		/* A sequence that is cut: by the end, and by other text. */
		{ "\xc3", "?" },
		{ "\xe2\x82", "??" },
		{ "\xe2\x82"
		  "x",
		  "??x" },
		{ "\xf0\x9f\x98", "???" },
		{ "\x80"
		  "x",
		  "?x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *text = strdup(cases[i].from);

		str_sanitize(text);
		assert_string_equal(text, cases[i].to);
	}
}

/* Whatever the bytes are, the result has the same length, no control character, and is stable. */
static void test_sanitize_random(void **state)
{
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[17] = "", once[17];
		size_t n = 1 + round % 16;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (char)(seed >> 24 ? seed >> 24 : 1);
		}
		str_sanitize(text);
		assert_int_equal(strlen(text), n);
		for (size_t i = 0; i < n; i++)
			assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		memcpy(once, text, sizeof(once));
		str_sanitize(text);
		assert_string_equal(text, once);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_read_fd_whole),
		cmocka_unit_test(test_read_fd_limit),
		cmocka_unit_test(test_read_fd_exact_zero),
		cmocka_unit_test(test_read_file),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_sanitize),
		cmocka_unit_test(test_sanitize_random),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
