// SPDX-License-Identifier: BSD-2-Clause
/* Perf maps: which file is believed, and what the lines of any file, however broken, say. */
#include "fixture.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "symbol/perfmap.h"

enum { MAX_NAMES = 8 };

static int map_of(const char *text, size_t n)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	return fd;
}

/* Looks ADDRESSES (ended by 0) up and compares with "name,?,name". */
static void assert_names_of(const char *text, size_t n, const uint64_t *addresses,
			    const char *expected)
{
	_cleanup_close_ int fd = map_of(text, n);
	char *names[MAX_NAMES], found[4096] = "";
	size_t n_addresses = 0;

	while (addresses[n_addresses])
		n_addresses++;
	assert_int_equal(perfmap_find(fd, addresses, n_addresses, names), 0);
	for (size_t i = 0; i < n_addresses; i++) {
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? "," : "",
			 names[i] ? names[i] : "?");
		free(names[i]);
	}
	assert_string_equal(found, expected);
}

static void assert_names(const char *text, const uint64_t *addresses, const char *expected)
{
	assert_names_of(text, strlen(text), addresses, expected);
}

static void test_lines(void **state)
{
	static const uint64_t addresses[] = { 0xfff, 0x1000, 0x100f, 0x1010, 0x2000, 0x2001, 0 };

	(void)state;
	assert_names("1000 10 first\n2000 1 a name with blanks\n", addresses,
		     "?,first,first,?,a name with blanks,?");
	assert_names("0x1000 0x10 first\n0X2000 1 last\n", addresses, "?,first,first,?,last,?");
	assert_names("", addresses, "?,?,?,?,?,?");
}

/* Code is moved and memory is used again: what was written last is right, whole or in part. */
static void test_later_lines_win(void **state)
{
	static const uint64_t addresses[] = { 0x1000, 0x1010, 0x1020, 0x1030, 0 };

	(void)state;
	assert_names("1000 40 old\n1000 40 new\n", addresses, "new,new,new,new");
	assert_names("1000 40 old\n1010 10 new\n", addresses, "old,new,old,old");
	assert_names("1010 10 old\n1000 40 new\n", addresses, "new,new,new,new");
	assert_names("1000 40 a\n1010 20 b\n1020 20 c\n", addresses, "a,b,c,c");
}

static void test_bad_lines(void **state)
{
	static const char *const lines[] = {
		"1000 40",
		"1000 40 ",
		"1000",
		"1000 ",
		"zz 40 bad",
		"1000 zz bad",
		" 1000 40 bad",
		"1000  40 bad",
		"-1000 40 bad",
		"0x 40 bad",
		"\n\n",
		"1000\t40\tbad",
		"1000 0 bad",
		"1001 ffffffff b",
		"10000000000001000 40 bad",
		"00000000000000001000 40 bad",
	};
	static const uint64_t addresses[] = { 0x1000, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_free_ char *text = str_printf("1000 1 good\n%s\n", lines[i]);

		assert_names(text, addresses, "good");
	}
	/* A line that is not finished is still being written. */
	assert_names("1000 1 good\n1000 1 ba", addresses, "good");
	assert_names("1000 1 ba", addresses, "?");
}

static void test_limits(void **state)
{
	static const uint64_t addresses[] = { 1, UINT64_MAX - 1, UINT64_MAX, 0 };
	static const char nul[] = "1 1 na\0me\n";

	(void)state;
	assert_names("0 ffffffffffffffff all\n", addresses, "all,all,?");
	assert_names("fffffffffffffffe ffffffffffffffff end\n", addresses, "?,end,end");
	assert_names_of(nul, sizeof(nul) - 1, addresses, "na,?,?");
}

/* Lines of any length, also those that do not fit into the buffer, do not hide those behind. */
static void test_long_lines(void **state)
{
	static const size_t lengths[] = { 2047, 2049, 65535 - 4, 65536, 65537, 200000 };
	static const uint64_t addresses[] = { 0x10, 0x20, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		_cleanup_free_ char *text = malloc(lengths[i] + 64);
		_cleanup_close_ int fd = -1;
		char *names[2];
		size_t n;

		assert_non_null(text);
		n = (size_t)sprintf(text, "10 1 ");
		memset(text + n, 'x', lengths[i]);
		n += lengths[i];
		n += (size_t)sprintf(text + n, "\n20 1 behind\n");
		fd = map_of(text, n);
		assert_int_equal(perfmap_find(fd, addresses, 2, names), 0);
		assert_string_equal(names[1], "behind");
		if (lengths[i] < 65531)
			assert_int_equal(strspn(names[0], "x"),
					 lengths[i] < 2048 ? lengths[i] : 2048);
		free(names[0]);
		free(names[1]);
	}
}

/* A million lines that all hold all addresses end soon. */
static void test_many_lines(void **state)
{
	static const uint64_t addresses[] = { 0x10, 0x20, 0x30, 0 };
	size_t n = 1000000 * 7;
	_cleanup_free_ char *text = malloc(n + 1);
	clock_t begin = clock();

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i += 7)
		memcpy(text + i, i + 7 < n ? "1 99 a\n" : "1 99 z\n", 7);
	text[n] = '\0';
	assert_names(text, addresses, "z,z,z");
	assert_true(clock() - begin < 20 * CLOCKS_PER_SEC);
}

/* Bytes of all kinds: nothing to compare with, but the sanitizers look on. */
static void test_noise(void **state)
{
	static const char alphabet[] = "0123456789abcdefxX \n\n\t-g\xff";
	static const uint64_t addresses[] = { 1, 0x10, 0xabc, 0xffff, 0 };

	(void)state;
	srand(1);
	for (int round = 0; round < 2000; round++) {
		char text[512], *names[4];
		_cleanup_close_ int fd = -1;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		fd = map_of(text, sizeof(text));
		assert_int_equal(perfmap_find(fd, addresses, 4, names), 0);
		for (size_t i = 0; i < 4; i++)
			free(names[i]);
	}
}

/* A child that lives until it is told to end; its map in /tmp is removed with it. */
struct child {
	pid_t pid;
	char path[64];
};

static void child_start(struct child *child)
{
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	snprintf(child->path, sizeof(child->path), "/tmp/perf-%d.map", (int)child->pid);
	unlink(child->path);
}

static void child_end(struct child *child)
{
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}

static void child_write(const struct child *child)
{
	FILE *file = fopen(child->path, "w");

	assert_non_null(file);
	fputs("1000 10 generated\n", file);
	assert_int_equal(fclose(file), 0);
}

static void assert_opens(const struct child *child, int expected)
{
	struct perfmap_trust trust = { .user = geteuid(), .since_s = time(NULL) - 1 };
	struct diag diag = { 0 };
	int fd = perfmap_open(child->pid, &trust, &diag);

	if (expected < 0)
		assert_int_equal(fd, expected);
	else
		assert_true(fd >= 0);
	assert_int_equal(diag.lines.n, expected == -EPERM);
	if (fd >= 0)
		close(fd);
	diag_done(&diag);
}

static void test_which_file(void **state)
{
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct child child;

	(void)state;
	child_start(&child);
	assert_opens(&child, -ENOENT);
	child_write(&child);
	assert_opens(&child, 0);

	/* Left by a process that had the same pid. */
	assert_int_equal(utimensat(AT_FDCWD, child.path, old, 0), 0);
	assert_opens(&child, -EPERM);
	child_write(&child);
	assert_int_equal(truncate(child.path, (256ll << 20) + 1), 0);
	assert_opens(&child, -EPERM);

	assert_int_equal(unlink(child.path), 0);
	assert_int_equal(symlink("/etc/passwd", child.path), 0);
	assert_opens(&child, -ENOENT);
	assert_int_equal(unlink(child.path), 0);
	assert_int_equal(mkfifo(child.path, 0600), 0);
	assert_opens(&child, -EPERM);
	assert_int_equal(unlink(child.path), 0);

	child_write(&child);
	child_end(&child);
	assert_opens(&child, 0);
	assert_int_equal(utimensat(AT_FDCWD, child.path, old, 0), 0);
	assert_opens(&child, -EPERM);
	assert_int_equal(unlink(child.path), 0);
	assert_opens(&child, -ENOENT);
}

static void test_owner(void **state)
{
	struct perfmap_trust trust = { .user = 4242, .since_s = time(NULL) - 1 };
	struct child child;
	int fd;

	(void)state;
	if (geteuid() != 0) {
		print_message("only root can give files away\n");
		skip();
	}
	child_start(&child);
	child_write(&child);
	assert_int_equal(chown(child.path, 4242, 4242), 0);
	/* While it lives its own user counts, not the caller's. */
	assert_int_equal(perfmap_open(child.pid, &trust, NULL), -EPERM);
	child_end(&child);
	fd = perfmap_open(child.pid, &trust, NULL);
	assert_true(fd >= 0);
	close(fd);
	trust.user = 4243;
	assert_int_equal(perfmap_open(child.pid, &trust, NULL), -EPERM);
	assert_int_equal(unlink(child.path), 0);
}

/* Through the symbolizer: names, and a frame without name for each place that has none. */
static void test_symbolizer(void **state)
{
	_cleanup_free_ char *path = NULL;
	struct lookup lookup;
	struct child child;

	(void)state;
	child_start(&child);
	child_write(&child);
	path = str_printf("[anon:%d]", (int)child.pid);
	lookup_init(&lookup, MODULE_ANON, path);
	assert_frames(lookup_at(&lookup, 0x100f), "generated");
	assert_frames(lookup_at(&lookup, 0x1010), "?");
	/* What is compiled later is found later. */
	child_write(&child);
	assert_int_equal(shell("echo '2000 10 _ZN2ns5laterEv' >>%s", child.path), 0);
	assert_frames(lookup_at(&lookup, 0x2000), "ns::later()");
	assert_int_equal(lookup.diag.lines.n, 0);
	lookup_done(&lookup);

	lookup_init(&lookup, MODULE_ANON, path);
	assert_int_equal(truncate(child.path, 1ll << 40), 0);
	assert_frames(lookup_at(&lookup, 0x100f), "?");
	assert_frames(lookup_at(&lookup, 0x100e), "?");
	assert_int_equal(lookup.diag.lines.n, 1);
	lookup_done(&lookup);
	assert_int_equal(unlink(child.path), 0);
	child_end(&child);
}

static void test_module_names(void **state)
{
	static const char *const paths[] = { "[anon]",	"[anon:0]", "[anon:-1]",
					     "[anon:]", "[anon:1",  "[anon:1]x" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct lookup lookup;

		lookup_init(&lookup, MODULE_ANON, paths[i]);
		assert_frames(lookup_at(&lookup, 0x1000), "?");
		assert_int_equal(lookup.diag.lines.n, 0);
		lookup_done(&lookup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	     cmocka_unit_test(test_later_lines_win),
		cmocka_unit_test(test_bad_lines),    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long_lines),   cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_noise),	     cmocka_unit_test(test_which_file),
		cmocka_unit_test(test_owner),	     cmocka_unit_test(test_symbolizer),
		cmocka_unit_test(test_module_names),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
