// SPDX-License-Identifier: BSD-2-Clause
/* Which runtimes are found in a file, and when they hide something, in libraries made for this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/runtimes.h"

/* Compiles SOURCE into a library and looks for its runtime. */
static const struct runtime *find(const char *source)
{
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	_cleanup_close_ int fd = -1;
	char path[] = "/tmp/leaktrace-runtimes-XXXXXX", command[128];
	FILE *compiler;

	fd = mkstemp(path);
	assert_true(fd >= 0);
	snprintf(command, sizeof(command), "cc -shared -fPIC -o %s -xc -", path);
	compiler = popen(command, "w");
	assert_non_null(compiler);
	fputs(source, compiler);
	assert_int_equal(pclose(compiler), 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	assert_int_equal(elf_file_open(fd, &file), 0);
	return runtime_find(file);
}

static void test_none(void **state)
{
	(void)state;
	assert_null(find("int any(void) { return 1; }"));
	/* It calls one, or has one that nobody else sees. */
	assert_null(find("int PyObject_Malloc(int); int any(void) { return PyObject_Malloc(1); }"));
	assert_null(
		find("static int _emalloc(void) { return 1; } int a(void) { return _emalloc(); }"));
}

static void test_go(void **state)
{
	const struct runtime *go =
		find("__attribute__((section(\".go.buildinfo\"))) int built = 1;");

	(void)state;
	assert_non_null(go);
	assert_non_null(runtime_hides(go, NULL, 0));
}

#define HIDES(runtime, environment) runtime_hides(runtime, environment, sizeof(environment) - 1)

static void test_environment(void **state)
{
	const struct runtime *python = find("int PyObject_Malloc(int n) { return n; }");
	const struct runtime *java = find("int JNI_CreateJavaVM(void) { return 0; }");

	(void)state;
	assert_non_null(python);
	assert_non_null(java);
	assert_non_null(runtime_hides(python, NULL, 0));
	assert_non_null(HIDES(python, "A=1\0PYTHONMALLOC=pymalloc\0B=\0"));
	assert_non_null(HIDES(python, "A=PYTHONMALLOC=malloc\0"));
	assert_non_null(HIDES(python, "PYTHONMALLOC=mallo"));
	assert_null(HIDES(python, "PYTHONMALLOC=malloc\0A=1\0"));
	assert_null(HIDES(python, "A=1\0\0PYTHONMALLOC=malloc_debug\0"));
	/* The last string may be cut. */
	assert_null(HIDES(python, "A=1\0PYTHONMALLOC=malloc"));
	assert_non_null(HIDES(java, "PYTHONMALLOC=malloc\0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests_name("runtimes", tests, NULL, NULL);
}
