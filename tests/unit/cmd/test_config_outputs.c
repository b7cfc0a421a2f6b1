// SPDX-License-Identifier: BSD-2-Clause
/* The options that name files for reports. */
#include "config_run.h"

/* A report of a recording that is nothing but suppressions. */
static void test_suppress(void **state)
{
	_run_ plain, file, quoted;

	(void)state;
	file_write(".leaktrace.conf", "json = a\nsuppressions = b\n");
	RUN_OK(&plain, "suppress", "run.lt");
	assert_int_equal(plain.config.verb, VERB_REPORT);
	assert_string_equal(plain.config.report_file, "run.lt");
	assert_string_equal(plain.config.outputs[FORMAT_GEN_SUPPRESSIONS], "-");
	assert_null(plain.config.outputs[FORMAT_JSON]);
	assert_true(plain.config.quiet);
	assert_string_equal(plain.config.suppressions.items[0], "b");
	RUN_OK(&file, "suppress", "run.lt", "--gen-suppressions=c", "--suppressions=d");
	assert_string_equal(file.config.outputs[FORMAT_GEN_SUPPRESSIONS], "c");
	assert_int_equal(file.config.suppressions.n, 2);
	RUN_OK(&quoted, "--", "suppress", "run.lt");
	assert_int_equal(quoted.config.verb, VERB_RUN);
	RUN_WRONG("suppress: the name of a recording is missing", "suppress");
}

/* Several formats at once, but each in a place of its own. */
static void test_outputs(void **state)
{
	_run_ files, flag, file;

	(void)state;
	RUN_OK(&files, "--json=a", "--junit", "b", "--tap=-", "true");
	assert_string_equal(files.config.outputs[FORMAT_JSON], "a");
	assert_string_equal(files.config.outputs[FORMAT_JUNIT], "b");
	assert_true(config_uses_stdout(&files.config));
	file_write(".leaktrace.conf", "github = yes\njunit = c\n");
	RUN_OK(&flag, "-p1");
	assert_string_equal(flag.config.outputs[FORMAT_GITHUB], "-");
	assert_string_equal(flag.config.outputs[FORMAT_JUNIT], "c");
	RUN_WRONG("--tap and --github cannot both be written to standard output", "--tap=-",
		  "true");
	setenv("LEAKTRACE_OPTIONS", "--github", 1);
	file_write(".leaktrace.conf", "github = no\n");
	RUN_OK(&file, "true");
	assert_string_equal(file.config.outputs[FORMAT_GITHUB], "-");
	unsetenv("LEAKTRACE_OPTIONS");
	RUN_WRONG("--json and --junit cannot both be written to standard output", "--json=-",
		  "--junit=-", "true");
	RUN_WRONG("--json and --tap cannot both be written to x?y", "--tap=x\ny", "--json",
		  "x\ny", "true");
	RUN_WRONG("--json: x is the recording", "--json=x", "--output=x", "true");
	RUN_WRONG("--tap: x is the recording", "report", "x", "--tap=x");
	RUN_WRONG("--json: y is the recording", "diff", "x", "y", "--json=y");
	RUN_WRONG("--junit has no meaning with oom", "oom", "--explain", "--junit=x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_outputs),
		CONFIG_TEST(test_suppress),
	};

	return cmocka_run_group_tests(tests, config_run_setup, config_run_teardown);
}
