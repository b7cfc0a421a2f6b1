// SPDX-License-Identifier: BSD-2-Clause
/* Paths below another root. That of a process that has changed it, where this one may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rooted.h"

static void test_path(void **state)
{
	(void)state;
	assert_string_equal(rooted_path(NULL, "/bin/x"), "/bin/x");
	assert_string_equal(rooted_path("/new/root", "/new/root/bin/x"), "/bin/x");
	assert_string_equal(rooted_path("/new/root", "/new/rooted/bin/x"), "/new/rooted/bin/x");
	assert_string_equal(rooted_path("/new/root", "/bin/x"), "/bin/x");
	assert_string_equal(rooted_path("/new/root", "[heap]"), "[heap]");
	assert_string_equal(rooted_path("/new/root", "/new/root"), "/new/root");
	assert_string_equal(rooted_path("/new/root", ""), "");
}

static void test_root(void **state)
{
	char dir[] = "/tmp/leaktrace-root-XXXXXX";
	_cleanup_free_ char *own = rooted_root(getpid());
	_cleanup_free_ char *root = NULL;
	int ready[2], end[2];
	char byte = 0;
	pid_t pid;

	(void)state;
	assert_null(own);
	assert_null(rooted_root(0x7fffffff));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(end), 0);
	pid = fork();
	if (pid == 0) {
		close(end[1]);
		byte = chroot(dir) == 0;
		_exit(write(ready[1], &byte, 1) != 1 || read(end[0], &byte, 1) != 0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	root = rooted_root(pid);
	close(end[0]);
	close(end[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(rmdir(dir), 0);
	if (!byte) {
		print_message("this user may not call chroot()\n");
		skip();
	}
	assert_string_equal(root, dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests_name("rooted", tests, NULL, NULL);
}
