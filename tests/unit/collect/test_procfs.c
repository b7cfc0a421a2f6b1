// SPDX-License-Identifier: BSD-2-Clause
/* What is read from /proc: of this program, of a child in each state, of pids that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "collect/procfs.h"

/* Above what the kernel gives out. */
enum { NO_PID = 1 << 23 };

static void argv_free(char **argv)
{
	for (char **arg = argv; arg && *arg; arg++)
		free(*arg);
	free(argv);
}
DEFINE_GUARD(char *, argv_free)

/* --- argv --- */

/* Splits a copy without a byte to spare, so that a read beyond it is seen. */
static char **split(const char *bytes, size_t n)
{
	_cleanup_free_ char *copy = malloc(n ? n : 1);
	char **argv = NULL;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	assert_int_equal(procfs_split_args(copy, n, &argv), 0);
	assert_non_null(argv);
	return argv;
}

static void check_split(const char *bytes, size_t n, const char *const *expected)
{
	_cleanup_(argv_freep) char **argv = split(bytes, n);
	size_t i = 0;

	for (; expected[i]; i++) {
		assert_non_null(argv[i]);
		assert_string_equal(argv[i], expected[i]);
	}
	assert_null(argv[i]);
}

static void test_split_args(void **state)
{
	(void)state;
	check_split("", 0, (const char *[]){ NULL });
	check_split("a\0bc\0", 5, (const char *[]){ "a", "bc", NULL });
	check_split("a\0bc", 4, (const char *[]){ "a", "bc", NULL });
	check_split("a", 1, (const char *[]){ "a", NULL });
	check_split("\0", 1, (const char *[]){ "", NULL });
	check_split("\0\0x\0\0", 5, (const char *[]){ "", "", "x", "", NULL });
	check_split("two words\0\xff\n\0", 13, (const char *[]){ "two words", "\xff\n", NULL });
}

static void test_split_many(void **state)
{
	enum { N = 100000 };
	_cleanup_free_ char *bytes = malloc(N * 2);
	_cleanup_(argv_freep) char **argv = NULL;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < N; i++) {
		bytes[2 * i] = (char)('a' + i % 26);
		bytes[2 * i + 1] = '\0';
	}
	argv = split(bytes, N * 2 - 1);
	for (size_t i = 0; i < N; i++) {
		assert_non_null(argv[i]);
		assert_int_equal(argv[i][0], 'a' + i % 26);
		assert_int_equal(argv[i][1], '\0');
	}
	assert_null(argv[N]);
}

/* The kernel's own words about this program. */
static void test_command(void **state)
{
	_cleanup_(argv_freep) char **argv = NULL;
	_cleanup_free_ char *bytes = NULL;
	size_t n, at = 0;

	(void)state;
	assert_int_equal(str_read_file("/proc/self/cmdline", 1 << 20, &bytes, &n), 0);
	assert_int_equal(procfs_command(getpid(), &argv), 0);
	for (char **arg = argv; *arg; arg++) {
		assert_true(at < n);
		assert_string_equal(*arg, bytes + at);
		at += strlen(*arg) + 1;
	}
	assert_int_equal(at, n);
}

/* --- processes --- */

static void check_refused(pid_t pid, int code, const char *words)
{
	_cleanup_(diag_done) struct diag diag = { 0 };

	assert_int_equal(procfs_check(pid, &diag), code);
	assert_int_equal(diag.lines.n, 1);
	assert_int_equal(diag.lines.items[0].code, code);
	assert_non_null(strstr(diag.lines.items[0].text, words));
	assert_int_equal(procfs_check(pid, NULL), code);
}

static void test_check_self(void **state)
{
	_cleanup_(diag_done) struct diag diag = { 0 };

	(void)state;
	assert_int_equal(procfs_check(getpid(), &diag), 0);
	assert_int_equal(diag.lines.n, 0);
}

static void test_check_missing(void **state)
{
	(void)state;
	check_refused(NO_PID, -ESRCH, "no process 8388608");
	check_refused(0, -ESRCH, "no process 0");
	check_refused(-1, -ESRCH, "no process -1");
	check_refused(INT_MIN, -ESRCH, "no process -2147483648");
}

static void test_check_kernel_thread(void **state)
{
	_cleanup_free_ char *name = NULL;

	(void)state;
	/* In a container there are none, and pid 2 may be anything. */
	if (str_read_file("/proc/2/comm", 4096, &name, NULL) < 0 ||
	    strcmp(name, "kthreadd\n") != 0) {
		print_message("skipped: kernel threads are not visible here\n");
		skip();
	}
	check_refused(2, -EINVAL, "kernel thread");
}

/* A child that ends at once with STATUS, and that nobody has waited for yet. */
static pid_t zombie_start(int status)
{
	pid_t pid = fork();
	siginfo_t info;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(status);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

static void test_zombie(void **state)
{
	_cleanup_(argv_freep) char **argv = NULL;
	_cleanup_free_ char *exe = NULL;
	pid_t pid = zombie_start(7);
	int status;

	(void)state;
	check_refused(pid, -ESRCH, "zombie");
	/* It has a parent still, and nothing else. */
	assert_int_equal(procfs_parent(pid), getpid());
	assert_int_equal(procfs_peak_rss_bytes(pid), 0);
	assert_int_equal(procfs_command(pid, &argv), -ENODATA);
	exe = procfs_exe(pid);
	assert_null(exe);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	check_refused(pid, -ESRCH, "no process");
}

static void *wait_long(void *data)
{
	sleep(60);
	return data;
}

/* It is alive, but nothing of it can be read under its own number. */
static void test_first_thread_ended(void **state)
{
	pid_t pid = fork();
	pthread_t thread;
	char zombie = 0;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (pthread_create(&thread, NULL, wait_long, NULL) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	for (int i = 0; i < 1000 && !zombie; i++) {
		_cleanup_free_ char *path = str_printf("/proc/%d/stat", (int)pid), *text = NULL;

		assert_non_null(path);
		assert_int_equal(str_read_file(path, 4096, &text, NULL), 0);
		zombie = strstr(text, ") Z ") != NULL;
		usleep(10000);
	}
	assert_true(zombie);
	check_refused(pid, -ENOTSUP, "first thread");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_missing(void **state)
{
	char **argv = NULL;

	(void)state;
	assert_null(procfs_exe(NO_PID));
	assert_int_equal(procfs_parent(NO_PID), 0);
	assert_int_equal(procfs_peak_rss_bytes(NO_PID), 0);
	assert_true(procfs_command(NO_PID, &argv) < 0);
	assert_null(argv);
	assert_true(procfs_mappings(NO_PID, NULL, NULL) < 0);
}

static void test_self(void **state)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	_cleanup_free_ char *exe = procfs_exe(getpid());
	uint64_t peak;

	(void)state;
	assert_true(n > 0);
	path[n] = '\0';
	assert_non_null(exe);
	assert_string_equal(exe, path);
	assert_int_equal(procfs_parent(getpid()), getppid());
	peak = procfs_peak_rss_bytes(getpid());
	assert_in_range(peak, 1 << 20, 1ull << 40);
	assert_int_equal(peak % 1024, 0);
}

/* A name with what ends the name in /proc/PID/stat must not move the fields behind it. */
static void test_hostile_name(void **state)
{
	static const char name[] = "a) Z 1 (b) 9";
	int to_child[2], from_child[2], status;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(from_child), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		_cleanup_fclose_ FILE *comm = fopen("/proc/self/comm", "w");

		close(to_child[1]);
		if (!comm || fputs(name, comm) < 0 || fflush(comm) ||
		    write(from_child[1], "x", 1) != 1 || read(to_child[0], &c, 1) != 0)
			_exit(1);
		_exit(0);
	}
	close(to_child[0]);
	assert_int_equal(read(from_child[0], &c, 1), 1);
	assert_int_equal(procfs_check(pid, NULL), 0);
	assert_int_equal(procfs_parent(pid), getpid());
	close(to_child[1]);
	close(from_child[0]);
	close(from_child[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* --- mappings --- */

struct seen {
	uint64_t own;	    /* address of a function of this program */
	uint64_t anonymous; /* an executable page without a file */
	uint64_t data;	    /* a page that is not executable */
	uint64_t vdso;
	uint64_t last_end;
	const char *exe;
	bool own_found, anonymous_found, vdso_found;
	int n;
	int stop_at;
};

static bool holds(const struct procfs_mapping *mapping, uint64_t address)
{
	return address >= mapping->start && address < mapping->end;
}

static int see(void *data, const struct procfs_mapping *mapping)
{
	struct seen *seen = data;

	assert_true(mapping->start < mapping->end);
	assert_true(mapping->start >= seen->last_end);
	seen->last_end = mapping->end;
	assert_int_equal(mapping->offset % 4096, 0);
	assert_false(holds(mapping, seen->data));
	if (holds(mapping, seen->own)) {
		assert_string_equal(mapping->path, seen->exe);
		seen->own_found = true;
	}
	if (holds(mapping, seen->anonymous)) {
		assert_string_equal(mapping->path, "[anon]");
		seen->anonymous_found = true;
	}
	if (holds(mapping, seen->vdso)) {
		assert_string_equal(mapping->path, "[vdso]");
		assert_int_equal(mapping->offset, 0);
		seen->vdso_found = true;
	}
	return ++seen->n == seen->stop_at ? -ECANCELED : 0;
}

static void test_mappings(void **state)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	_cleanup_free_ char *exe = procfs_exe(getpid());
	struct seen seen = { .own = (uint64_t)(uintptr_t)test_mappings,
			     .anonymous = (uint64_t)(uintptr_t)code,
			     .data = (uint64_t)(uintptr_t)data,
			     .vdso = getauxval(AT_SYSINFO_EHDR),
			     .exe = exe };

	(void)state;
	assert_ptr_not_equal(code, MAP_FAILED);
	assert_ptr_not_equal(data, MAP_FAILED);
	assert_int_equal(procfs_mappings(getpid(), see, &seen), 0);
	assert_true(seen.own_found);
	assert_true(seen.anonymous_found);
	assert_int_equal(seen.vdso_found, seen.vdso != 0);
	/* This program, the C library, its loader, and more. */
	assert_true(seen.n > 3);

	/* The visitor ends the walk. */
	seen.last_end = 0;
	seen.n = 0;
	seen.stop_at = 2;
	assert_int_equal(procfs_mappings(getpid(), see, &seen), -ECANCELED);
	assert_int_equal(seen.n, 2);
	munmap(code, 4096);
	munmap(data, 4096);
}

static int see_area(void *data, const struct procfs_mapping *mapping)
{
	struct seen *seen = data;

	if (seen->own >= mapping->start && seen->own < mapping->end) {
		assert_string_equal(mapping->path, seen->exe);
		assert_true(mapping->executable);
		seen->own_found = true;
	} else if (seen->data >= mapping->start && seen->data < mapping->end) {
		assert_string_equal(mapping->path, "");
		assert_false(mapping->executable);
		seen->anonymous_found = true;
	}
	return ++seen->n == seen->stop_at ? -ECANCELED : 0;
}

static void test_areas(void **state)
{
	void *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	_cleanup_free_ char *exe = procfs_exe(getpid());
	struct seen seen = { .own = (uint64_t)(uintptr_t)test_areas,
			     .data = (uint64_t)(uintptr_t)data,
			     .exe = exe };

	(void)state;
	assert_ptr_not_equal(data, MAP_FAILED);
	assert_int_equal(procfs_areas(getpid(), see_area, &seen), 0);
	assert_true(seen.own_found);
	assert_true(seen.anonymous_found);
	seen.stop_at = seen.n + 3;
	assert_int_equal(procfs_areas(getpid(), see_area, &seen), -ECANCELED);
	assert_true(procfs_areas(NO_PID, NULL, NULL) < 0);
	munmap(data, 4096);
}

static int see_thread(void *data, pid_t tid)
{
	*(bool *)data |= tid == getpid();
	return 0;
}

static void test_threads(void **state)
{
	bool found = false;

	(void)state;
	assert_int_equal(procfs_threads(getpid(), see_thread, &found), 0);
	assert_true(found);
	assert_int_equal(procfs_threads(NO_PID, see_thread, &found), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_args),    cmocka_unit_test(test_split_many),
		cmocka_unit_test(test_command),	      cmocka_unit_test(test_check_self),
		cmocka_unit_test(test_check_missing), cmocka_unit_test(test_check_kernel_thread),
		cmocka_unit_test(test_zombie),	      cmocka_unit_test(test_missing),
		cmocka_unit_test(test_self),	      cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_mappings),      cmocka_unit_test(test_areas),
		cmocka_unit_test(test_threads),	      cmocka_unit_test(test_first_thread_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
