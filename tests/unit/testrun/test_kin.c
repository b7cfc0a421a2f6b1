// SPDX-License-Identifier: BSD-2-Clause
/* Tests of processes that nobody has traced: by command, environment, and the lists of CMake. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/str.h"
#include "testrun/cmake_text.h"
#include "testrun/kin.h"

#define COMMAND(...) ((char **)(const char *const[]){ __VA_ARGS__, NULL })

#define VARIABLE "PYTEST_CURRENT_TEST="

static struct kin kin_of(const char *name, char **command, const char *environment)
{
	struct kin kin = { .command = command, .environment = (char *)environment };

	strncpy(kin.name, name, sizeof(kin.name) - 1);
	kin.environment_bytes = environment ? strlen(environment) + 1 : 0;
	return kin;
}

/* NAME NULL: no test. */
static void expect(const struct kin *kin, size_t n, const char *name, const char *runner,
		   const char *variable)
{
	struct kin_test test;

	assert_int_equal(kin_find_test(kin, n, &test), 0);
	if (name) {
		assert_non_null(test.name);
		assert_string_equal(test.name, name);
		assert_string_equal(test.runner, runner);
	} else {
		assert_null(test.name);
	}
	assert_int_equal(variable != NULL, test.variable != NULL);
	if (variable)
		assert_string_equal(test.variable, variable);
	kin_test_done(&test);
}

static void test_none(void **state)
{
	const struct kin kin[] = {
		kin_of("eater", COMMAND("./eater", "--gtest_filter=*"), "A=1"),
		kin_of("gone", NULL, NULL),
		kin_of("bash", COMMAND("bash"), "PYTEST_CURRENT_TEST"),
	};

	(void)state;
	expect(kin, 3, NULL, NULL, NULL);
	expect(kin, 0, NULL, NULL, NULL);
}

/* What a test starts has its variable, and what that starts has it too: one test. */
static void test_variable(void **state)
{
	struct kin kin[] = {
		kin_of("eater", COMMAND("./eater"), VARIABLE "a.py::t[x / y] (call)"),
		kin_of("sh", COMMAND("sh"), VARIABLE "a.py::t[x / y] (call)"),
		kin_of("python3", COMMAND("python3", "-m", "pytest"), "A=1"),
	};

	(void)state;
	expect(kin, 3, "a.py::t[x / y]", "pytest", "PYTEST_CURRENT_TEST");
	/* Cut in the middle: it is not all there. */
	kin[0].environment_bytes -= 2;
	kin[1].environment = NULL;
	expect(kin, 3, NULL, NULL, NULL);
}

/* Tests within tests, the outer one first. */
static void test_nested(void **state)
{
	const struct kin kin[] = {
		kin_of("eater", COMMAND("/b/eater", "--gtest_filter=S.Case"), VARIABLE "b.py::u"),
		kin_of("python3", COMMAND("python3"), VARIABLE "a.py::t"),
		kin_of("sh", COMMAND("/bin/sh", "/x/test-driver", "--test-name", "check.py"), ""),
	};
	struct kin_test test;

	(void)state;
	expect(kin, 3, "check.py / a.py::t / b.py::u / S.Case", "gtest", NULL);
	assert_int_equal(kin_find_test(kin + 2, 1, &test), 0);
	assert_int_equal(kin_add_variable(&test, "PYTEST_CURRENT_TEST", "c.py::v (setup)"), 0);
	assert_string_equal(test.name, "check.py / c.py::v");
	assert_int_equal(kin_add_variable(&test, "PYTEST_CURRENT_TEST", "c.py::v (call)"), 0);
	assert_int_equal(kin_add_variable(&test, "OTHER", "x"), 0);
	assert_string_equal(test.name, "check.py / c.py::v");
	assert_string_equal(test.variable, "PYTEST_CURRENT_TEST");
	kin_test_done(&test);
}

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* A build folder to be in. */
static int folder_setup(void **state)
{
	char *folder = strdup("/tmp/leaktrace-kin-XXXXXX");

	if (!folder || !mkdtemp(folder) || chdir(folder) < 0 || mkdir("sub", 0755) < 0)
		return -1;
	*state = folder;
	return 0;
}

static int folder_teardown(void **state)
{
	static const char *const names[] = { "CTestTestfile.cmake", "a.cmake",
					     "sub/CTestTestfile.cmake", "sub/pipe", "sub" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(names[i]);
	if (chdir("/") < 0 || rmdir(*state) < 0)
		return -1;
	free(*state);
	return 0;
}

static void expect_ctest(char **command, const char *name)
{
	struct kin kin[] = { kin_of("x", command, NULL),
			     kin_of("ctest", COMMAND("ctest", "-j2"), NULL) };

	kin[1].pid = (uint32_t)getpid();
	expect(kin, 2, name, "ctest", NULL);
}

static void test_ctest(void **state)
{
	(void)state;
	file_write("CTestTestfile.cmake",
		   "# comment \"(\n#[[ more\n( ]] "
		   "ADD_TEST ( [=[with ]] in it]=] \"/b/x\" \"a b\" )\n"
		   "if(EXISTS (x) AND y)\n  include(\"a.cmake\")\nelse()\nendif()\n"
		   "set_tests_properties(one PROPERTIES A \"(;\\\\\")\n"
		   "subdirs(\"sub\")\nsubdirs(nowhere ../leaktrace-kin-none)\n");
	file_write("a.cmake", "add_test(one sh -c \"echo \\$1 \\\"\\\\\")\n"
			      "include(a.cmake)\ninclude(CTestTestfile.cmake)\n"
			      "add_test(two /b/same)\n");
	file_write("sub/CTestTestfile.cmake", "include(pipe)\nadd_test(three /b/same)\n"
					      "add_test(alone \"/b/alone\")\nadd_test()\n"
					      "add_test(none)\nadd_test(broken /b/broken \"");
	assert_int_equal(mkfifo("sub/pipe", 0600), 0);
	expect_ctest(COMMAND("/b/x", "a b"), "with ]] in it");
	expect_ctest(COMMAND("/bin/sh", "-c", "echo $1 \"\\"), "one");
	expect_ctest(COMMAND("valgrind", "-q", "/b/alone"), "alone");
	/* What is in no list is called as its command; this one as it is not closed. */
	expect_ctest(COMMAND("/b/x", "a", "b"), "x");
	expect_ctest(COMMAND("/b/broken"), "broken");
	remove("CTestTestfile.cmake");
	expect_ctest(COMMAND("/b/alone"), "alone");
	file_write("CTestTestfile.cmake", "add_test(two /b/same) subdirs(sub)");
	expect_ctest(COMMAND("/b/same"), "two or three");
	file_write("CTestTestfile.cmake",
		   "add_test(a s) add_test(b s) add_test(c s) add_test(d s)");
	expect_ctest(COMMAND("/b/s"), "a or b or c or others");
}

/* Text that is not CMake, or not all of it, ends: it is never read beyond its end. */
static void test_broken(void **state)
{
	static const char *const texts[] = { "",	"add_test",    "add_test(",   "add_test(a",
					     "a(\"b",	"a(\"\\",      "a([=[b]]",    "a(b))c(",
					     "#",	"#[[",	       "a(\\",	      "(((",
					     "a([[",	"a([=",	       "a(#",	      "1$(x)",
					     "a(\"b\\\n" };
	struct cmake_command command = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* Exactly as large: a byte beyond is an error that the sanitizer sees. */
		_cleanup_free_ char *text = strdup(texts[i]);
		const char *at = text;
		int n = 0;

		assert_non_null(text);
		while (cmake_next_command(&at, &command) > 0)
			assert_true(++n < 10);
		assert_true(at <= text + strlen(text));
	}
	cmake_command_done(&command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_nested),
		cmocka_unit_test_setup_teardown(test_ctest, folder_setup, folder_teardown),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests_name("testrun/kin", tests, NULL, NULL);
}
