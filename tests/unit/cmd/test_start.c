// SPDX-License-Identifier: BSD-2-Clause
/* What an exec will map, by paths as hostile as a process may have them; this process is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "cmd/start.h"

/* A program that is everywhere, and asks for a loader. */
#define PROGRAM "/bin/sh"

static char directory[] = "/tmp/leaktrace-start-XXXXXX";

static void file_write(const char *name, const char *text, size_t n)
{
	_cleanup_fclose_ FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
}

static void script_write(const char *name, const char *text)
{
	file_write(name, text, strlen(text));
}

/* The path leads to the program. */
static void assert_found(const char *path, const char *expected_path)
{
	struct stat expected, found;
	struct start start;

	assert_int_equal(start_find(getpid(), path, &start), 0);
	assert_string_equal(start.program.path, expected_path);
	assert_int_equal(stat(PROGRAM, &expected), 0);
	assert_int_equal(fstat(start.program.fd, &found), 0);
	assert_int_equal(found.st_ino, expected.st_ino);
	assert_true(start.loader.fd >= 0);
	assert_int_equal(start.loader.path[0], '/');
	start_done(&start);
	assert_int_equal(start.program.fd, -1);
	assert_null(start.loader.path);
}

static void assert_nothing(const char *path)
{
	struct start start;

	assert_true(start_find(getpid(), path, &start) < 0);
	assert_int_equal(start.program.fd, -1);
	assert_int_equal(start.loader.fd, -1);
	assert_null(start.program.path);
	assert_null(start.loader.path);
}

static size_t n_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void test_names(void **state)
{
	static const char *const names[] = { "plain", "a b", "a\nb", " ", "\033[31m", "-", "#!" };

	(void)state;
	assert_found(PROGRAM, PROGRAM);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ char *whole = str_printf("%s/%s", directory, names[i]);
		_cleanup_free_ char *below = str_printf("%s/./%s", directory, names[i]);
		_cleanup_free_ char *dotted = str_printf("./%s", names[i]);

		assert_int_equal(symlink(PROGRAM, names[i]), 0);
		assert_found(whole, whole);
		/* So does execvp() call what an empty member of PATH leads to. */
		assert_found(names[i], whole);
		assert_found(dotted, below);
	}
}

static void test_nothing(void **state)
{
	(void)state;
	assert_nothing("");
	assert_nothing("/");
	assert_nothing(".");
	assert_nothing("missing");
	assert_nothing("/missing/program");
	assert_nothing(PROGRAM "/program");
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_nothing("folder");
	assert_nothing("folder/");
	/* Nobody writes to it: an open would wait. */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_nothing("fifo");
	assert_nothing("/dev/zero");
	script_write("empty", "");
	assert_nothing("empty");
	script_write("text", "no program\n");
	assert_nothing("text");
	file_write("magic", "\177ELF", 4);
	assert_nothing("magic");
}

/* Who has a lease on a file makes those wait that open it, for 45 s. */
static void test_lease(void **state)
{
	int fd = open("leased", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		close(fd);
		print_message("the file system of /tmp has no leases\n");
		skip();
	}
	alarm(20);
	assert_nothing("leased");
	alarm(0);
	close(fd);
}

static void test_long(void **state)
{
	char path[2 * PATH_MAX];

	(void)state;
	memset(path, '/', sizeof(path));
	strcpy(path + PATH_MAX - 1 - strlen(PROGRAM), PROGRAM);
	assert_found(path, path);
	memset(path, '/', sizeof(path));
	strcpy(path + PATH_MAX + 7, PROGRAM);
	assert_nothing(path);
	memset(path, 'x', sizeof(path));
	path[NAME_MAX + 1] = '\0';
	assert_nothing(path);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlink(PROGRAM, "one"), 0);
	assert_int_equal(symlink("one", "two"), 0);
	assert_int_equal(symlink("../../../../../../../../.." PROGRAM, "up"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(symlink("ping", "pong"), 0);
	assert_int_equal(symlink("pong", "ping"), 0);
	assert_int_equal(symlink("gone", "dangling"), 0);
	assert_int_equal(symlink(".", "here"), 0);
	_cleanup_free_ char *two = str_printf("%s/here/here/two", directory);
	_cleanup_free_ char *up = str_printf("%s/up", directory);

	assert_found("here/here/two", two);
	assert_found("up", up);
	assert_nothing("loop");
	assert_nothing("ping");
	assert_nothing("dangling");
	assert_nothing("loop/program");
}

static void test_scripts(void **state)
{
	static const char *const found[] = {
		"#!" PROGRAM "\n", "#! \t " PROGRAM " -e -u\nexit\n",
		"#!" PROGRAM,	   "#!" PROGRAM "\targument",
		"#!/bin//sh\n",
	};
	static const char *const nothing[] = {
		"#",
		"#!",
		"#!\n",
		"#! \t ",
		"#! \n" PROGRAM "\n",
		"\n#!/x",
		"#!/no/",
		"#!/no/interpreter\n",
		"#!" PROGRAM "\r\n",
	};
	char longer[400] = "#!" PROGRAM " ";

	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		script_write("script", found[i]);
		assert_found("script", strstr(found[i], "//") ? "/bin//sh" : PROGRAM);
	}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		script_write("script", nothing[i]);
		assert_nothing("script");
	}
	file_write("script", "#!" PROGRAM "\0\0\0", strlen("#!" PROGRAM) + 3);
	assert_found("script", PROGRAM);
	/* What the kernel does not read of the line does not matter; a path in it would be cut. */
	memset(longer + strlen(longer), 'x', sizeof(longer) - 1 - strlen(longer));
	script_write("script", longer);
	assert_found("script", PROGRAM);
	memset(longer + 2, '/', sizeof(longer) - 3);
	strcpy(longer + sizeof(longer) - sizeof(PROGRAM), PROGRAM);
	script_write("script", longer);
	assert_nothing("script");
}

static void test_scripts_of_scripts(void **state)
{
	char name[16], text[64];

	(void)state;
	script_write("script0", "#!" PROGRAM "\n");
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "script%d", i);
		snprintf(text, sizeof(text), "#!./script%d\n", i - 1);
		script_write(name, text);
	}
	/* The kernel follows five. */
	assert_found("script4", PROGRAM);
	assert_nothing("script5");
	assert_nothing("script7");
	script_write("itself", "#!itself\n");
	assert_nothing("itself");
}

/* The path is in the memory of the process. */
static void test_address(void **state)
{
	size_t n = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 3 * n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct start start;

	(void)state;
	assert_true(pages != MAP_FAILED);
	assert_int_equal(munmap(pages + 2 * n, n), 0);
	/* At the end of the memory, then without an end. */
	strcpy(pages + 2 * n - sizeof(PROGRAM), PROGRAM);
	assert_int_equal(
		start_find_at(getpid(), (uintptr_t)(pages + 2 * n - sizeof(PROGRAM)), &start), 0);
	assert_string_equal(start.program.path, PROGRAM);
	start_done(&start);
	memset(pages, '/', 2 * n);
	assert_true(start_find_at(getpid(), (uintptr_t)(pages + 2 * n - 8), &start) < 0);
	assert_true(start_find_at(getpid(), (uintptr_t)pages, &start) < 0);
	assert_true(start_find_at(getpid(), (uintptr_t)(pages + 2 * n), &start) < 0);
	assert_true(start_find_at(getpid(), 0, &start) < 0);
	assert_true(start_find_at(getpid(), UINT64_MAX, &start) < 0);
	/* No kernel gives out this pid. */
	assert_true(start_find_at(1 << 23, (uintptr_t)PROGRAM, &start) < 0);
	assert_true(start_find(1 << 23, PROGRAM, &start) < 0);
	assert_int_equal(munmap(pages, 2 * n), 0);
}

/* Each test has a folder of its own, and leaves no descriptor behind. */
static int folder_setup(void **state)
{
	static size_t n_before;

	strcpy(strrchr(directory, '-'), "-XXXXXX");
	if (!mkdtemp(directory) || chdir(directory) < 0)
		return -1;
	n_before = n_descriptors();
	*state = &n_before;
	return 0;
}

static int folder_teardown(void **state)
{
	_cleanup_free_ char *command = str_printf("rm -rf %s", directory);

	if (n_descriptors() != *(size_t *)*state || chdir("/") < 0 || !command)
		return -1;
	return system(command);
}

#define START_TEST(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		START_TEST(test_names),	  START_TEST(test_nothing),
		START_TEST(test_lease),	  START_TEST(test_long),
		START_TEST(test_links),	  START_TEST(test_scripts),
		START_TEST(test_address), START_TEST(test_scripts_of_scripts),
	};

	return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
