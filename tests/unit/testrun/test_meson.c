// SPDX-License-Identifier: BSD-2-Clause
/* Which test of meson's list a process is; and which names of frameworks there are. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testrun/run.h"

static char folder[] = "/tmp/leaktrace-unit-XXXXXX";
static char file[128], subfolder[128];

static void write_intro(const char *text)
{
	FILE *to = fopen(file, "w");

	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static int meson_setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(subfolder, sizeof(subfolder), "%s/meson-info", folder);
	snprintf(file, sizeof(file), "%s/meson-info/intro-tests.json", folder);
	return mkdir(subfolder, 0700);
}

static int meson_teardown(void **state)
{
	(void)state;
	unlink(file);
	rmdir(subfolder);
	return rmdir(folder);
}

static struct runner_memory memory;

/* What the process with COMMAND is called, N_BEFORE of which came before it; NULL: no test. */
static char *name_of(const char *const *command, uint64_t n_before)
{
	const char *const meson[] = { "python3", "/usr/bin/meson", "test", "-C", folder, NULL };
	struct started started = { .command = (char *const *)command,
				   .runner_pid = (uint32_t)getpid(),
				   .runner_command = (char *const *)meson,
				   .n_before = n_before,
				   .memory = &memory };
	struct test_names names = { 0 };
	char *label;

	if (framework_meson.started(&started, &names) == 0)
		return NULL;
	label = strdup(names.label);
	test_names_done(&names);
	return label;
}

static void check_name(const char *wanted, uint64_t n_before, const char *const *command)
{
	char *name = name_of(command, n_before);

	if (wanted) {
		assert_non_null(name);
		assert_string_equal(name, wanted);
	} else {
		assert_null(name);
	}
	free(name);
}

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_meson(void **state)
{
	(void)state;
	/* Nothing to look into: the command is the name, but of ninja. */
	check_name("a", 0, COMMAND("/b/a", "x"));
	check_name(NULL, 0, COMMAND("/usr/bin/ninja"));
	write_intro("[{\"name\":\"plain\",\"cmd\":[\"/b/a\"]},"
		    "{\"name\":\"leak\",\"cmd\":[\"/b/a\",\"leak\"],\"suite\":[\"x\"]},"
		    "{\"name\":\"again\",\"cmd\":[\"/b/a\",\"leak\"]},"
		    "{\"name\":\"script\",\"cmd\":[\"/s/t.sh\",\"1\"]},"
		    "{\"name\":7,\"cmd\":[\"/b/odd\"]},{\"cmd\":7},7]");
	check_name("plain", 0, COMMAND("/b/a"));
	check_name("leak", 0, COMMAND("/b/a", "leak"));
	check_name("again", 1, COMMAND("/b/a", "leak"));
	check_name("leak", 2, COMMAND("/b/a", "leak"));
	/* Started by an interpreter or a wrapper; with what the user adds. */
	check_name("script", 0, COMMAND("/bin/sh", "-e", "/s/t.sh", "1"));
	check_name("leak", 0, COMMAND("valgrind", "-q", "/b/a", "leak"));
	check_name("leak", 0, COMMAND("/b/a", "leak", "--gtest_output=xml:x"));
	check_name(NULL, 0, COMMAND("/b/b", "leak"));
	check_name(NULL, 0, COMMAND("/b/odd"));
	check_name(NULL, 0, COMMAND("/usr/bin/ninja"));
	/* Written anew meanwhile. */
	write_intro("[{\"name\":\"new\",\"cmd\":[\"/b/b\",\"leak\"]}]");
	check_name("new", 0, COMMAND("/b/b", "leak"));
	check_name(NULL, 0, COMMAND("/b/a"));
	write_intro("[{");
	check_name("a", 0, COMMAND("/b/a"));
	if (memory.data)
		memory.free(memory.data);
}

static void test_names(void **state)
{
	struct testrun_options options = { .only = "pytset" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(testrun_check(&options, &diag), -EINVAL);
	assert_string_equal(diag.lines.items[0].text,
			    "--tests: no test framework is called 'pytset'");
	assert_non_null(strstr(diag.lines.items[0].hint, "there are: auto, none, ctest, meson, "));
	assert_non_null(strstr(diag.lines.items[0].hint, ", pytest, "));
	diag_done(&diag);
	options.only = "pytest";
	assert_int_equal(testrun_check(&options, &diag), 0);
	options.only = "none";
	assert_int_equal(testrun_check(&options, &diag), 0);
	options.only = "auto";
	assert_int_equal(testrun_check(&options, &diag), 0);
	options.env = "A=B";
	assert_int_equal(testrun_check(&options, &diag), -EINVAL);
	diag_done(&diag);
}

/* One framework alone is looked for: what others write is nothing. */
static void test_only(void **state)
{
	const struct testrun_options options = { .only = "gtest" };
	struct lt_test facts = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_TEXT, .epoch = 1 };
	struct testrun *all = run.testrun;
	uint32_t process = run_process(10, 0);

	(void)state;
	assert_int_equal(testrun_open(&options, &run.result, &run.testrun, NULL), 0);
	run_signal(&facts, process, TEST_NO_PROCESS, "[ RUN      ] test_a\n", NULL);
	assert_int_equal(run.result.tests.items.n, 0);
	facts.epoch = 2;
	run_signal(&facts, process, TEST_NO_PROCESS, "[ RUN      ] S.a\n", NULL);
	assert_int_equal(run.result.tests.items.n, 1);
	run_end(process, 0);
	testrun_close(run.testrun);
	run.testrun = all;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_meson, meson_setup, meson_teardown),
		cmocka_unit_test(test_names),
		RUN_TEST(test_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
