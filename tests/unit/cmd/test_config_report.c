// SPDX-License-Identifier: BSD-2-Clause
/* Options of "leaktrace report" and "leaktrace diff", and which were given for them alone. */
#include "config_run.h"

static void test_report(void **state)
{
	_run_ report;

	(void)state;
	RUN_OK(&report, "report", "--top=3", "run.ltdb", "--kinds=fd", "--test", "a*",
	       "--class=lost,at-exit,peak", "--module", "libc.so*", "--json=-", "--between=a,b");
	assert_int_equal(report.config.verb, VERB_REPORT);
	assert_string_equal(report.config.report_file, "run.ltdb");
	assert_string_equal(report.config.only_test, "a*");
	assert_string_equal(report.config.only_module, "libc.so*");
	assert_int_equal(report.config.only_classes,
			 1u << CLASS_LOST | 1u << CLASS_AT_EXIT | 1u << CLASS_PEAK);
	assert_string_equal(report.config.between, "a,b");
	assert_true(config_is_given(&report.config, "top"));
	assert_true(config_is_given(&report.config, "kinds"));
	assert_false(config_is_given(&report.config, "fail-on"));
}

static void test_diff(void **state)
{
	_run_ diff;

	(void)state;
	RUN_OK(&diff, "diff", "--json=x", "old.ltdb", "new.ltdb", "--class=lost", "--fail-on=lost");
	assert_int_equal(diff.config.verb, VERB_DIFF);
	assert_string_equal(diff.config.report_file, "old.ltdb");
	assert_string_equal(diff.config.diff_file, "new.ltdb");
	RUN_WRONG("diff: the names of two recordings are needed", "diff", "old.ltdb");
	RUN_WRONG("diff: the names of two recordings are needed", "diff");
	RUN_WRONG("diff: 'c' is not an option", "diff", "a", "b", "c");
	RUN_WRONG("--tap has no meaning with diff", "diff", "--tap=x", "a", "b");
}

/* What was set for good is not what was given for this report. */
static void test_variable(void **state)
{
	_run_ report;

	(void)state;
	setenv("LEAKTRACE_OPTIONS", "--top=5 --output=x.ltdb", 1);
	RUN_OK(&report, "report", "run.ltdb");
	assert_int_equal(report.config.top, 5);
	assert_false(config_is_given(&report.config, "top"));
}

static void test_wrong(void **state)
{
	(void)state;
	RUN_WRONG("--schema has no meaning with report", "report", "run.ltdb", "--schema");
	RUN_WRONG("report: the name of a recording is missing", "report");
	RUN_WRONG("report: 'more' is not an option", "report", "run.ltdb", "more");
	RUN_WRONG("--output has no meaning with report", "report", "-o", "x", "run.ltdb");
	RUN_WRONG("--test has no meaning with a COMMAND", "--test=x", "true");
	RUN_WRONG("--between has no meaning with a COMMAND", "--between=a,b", "true");
	RUN_WRONG("--class: 'found' is not a class; write some of lost, indirect, reachable, "
		  "outstanding, retained, leaked, at-exit, before-attach, bad-close, growth, peak",
		  "report", "--class=lost,found", "run.ltdb");
}

/* What "leaktrace mark" is asked for, and marks that a run takes by itself. */
static void test_mark(void **state)
{
	_run_ run, after, off, interval;
	char name[300] = { 0 };

	(void)state;
	RUN_OK(&run, "mark", "-p", "12", "a round");
	assert_int_equal(run.config.verb, VERB_MARK);
	assert_string_equal(run.config.mark_name, "a round");
	assert_int_equal(run.config.pids.items[0], 12);
	RUN_OK(&after, "mark", "mark");
	assert_string_equal(after.config.mark_name, "mark");
	setenv("LEAKTRACE", "0", 1);
	RUN_OK(&off, "mark", "x");
	unsetenv("LEAKTRACE");
	assert_true(off.config.disabled);
	RUN_OK(&interval, "-i", "10ms", "true");
	assert_int_equal(interval.config.interval_ns, 10000000);
	memset(name, 'x', sizeof(name) - 1);
	RUN_WRONG("mark: a name of 1 to 200 bytes is needed", "mark");
	RUN_WRONG("mark: a name of 1 to 200 bytes is needed", "mark", "");
	RUN_WRONG("mark: a name of 1 to 200 bytes is needed", "mark", name);
	RUN_WRONG("mark: one PID is enough", "mark", "-p1,2", "x");
	RUN_WRONG("mark: 'y' is not an option", "mark", "x", "y");
	RUN_WRONG("--json has no meaning with mark", "mark", "x", "--json=y");
}

/* Peaks need looks, which an attached leaktrace takes only for them; and memory. */
static void test_peak(void **state)
{
	_run_ plain, attached, never, fds;

	(void)state;
	RUN_OK(&plain, "-p", "1");
	assert_int_equal(config_sample_ns(&plain.config), 0);
	assert_false(config_wants_peaks(&plain.config));
	RUN_OK(&attached, "-p", "1", "--show=peak");
	assert_true(config_wants_peaks(&attached.config));
	assert_int_equal(config_sample_ns(&attached.config), CONFIG_SAMPLE_DEFAULT_NS);
	RUN_OK(&never, "--show=peak", "--sample-interval=0", "true");
	assert_true(config_wants_peaks(&never.config));
	assert_int_equal(config_sample_ns(&never.config), 0);
	RUN_OK(&fds, "--show=peak", "--kinds=fd", "-p", "1");
	assert_false(config_wants_peaks(&fds.config));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG_TEST(test_report),
		CONFIG_TEST(test_diff),
		CONFIG_TEST(test_variable),
		CONFIG_TEST(test_wrong),
		CONFIG_TEST(test_mark),
		CONFIG_TEST(test_peak),
	};

	return cmocka_run_group_tests(tests, config_run_setup, config_run_teardown);
}
