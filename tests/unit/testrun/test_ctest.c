// SPDX-License-Identifier: BSD-2-Clause
/* Tests of ctest: what it announces, in what order, and how its processes end. */
#include <signal.h>

#include "testrun/run.h"
#include "testrun/state.h"

static uint32_t ctest(uint32_t pid, uint32_t epoch)
{
	uint32_t index = run_process(pid, epoch);

	RUN_EXEC(index, "ctest");
	return index;
}

static void test_announced(void **state)
{
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), first, second;

	(void)state;
	run_announce(runner, parent, "          Start    9: parser roundtrip\n");
	first = run_start(runner, parent, 11);
	run_announce(runner, parent, "    Start 10: cache\n");
	second = run_start(runner, parent, 12);
	RUN_EXEC(first, "/b/same");
	RUN_EXEC(second, "/b/same");
	assert_int_equal(run.result.tests.items.n, 2);
	assert_string_equal(test_of(1)->name, "parser roundtrip");
	assert_string_equal(test_of(1)->runner, "ctest");
	assert_int_equal(test_of(1)->pid, 11);
	assert_true(test_of(1)->whole_process);
	assert_string_equal(test_of(2)->name, "cache");
	run_end(second, 0);
	assert_int_equal(test_of(1)->end_ns, 0);
	assert_int_equal(test_of(2)->end_ns, run.now_ns);
	run_end(first, 3 << 8);
	assert_int_equal(test_of(1)->end_ns, run.now_ns);
	assert_null(test_of(1)->reason);
}

/* Between the tests ctest starts other processes; it does not announce them. */
static void test_not_announced(void **state)
{
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), child;

	(void)state;
	run_announce(runner, parent, "    Start 1: a\n");
	run_start(runner, parent, 11);
	child = run_start(runner, parent, 12);
	RUN_EXEC(child, "/usr/bin/git", "log");
	run_end(child, 0);
	assert_int_equal(run.result.tests.items.n, 1);
}

/* ctest -Q: the command is all that is known. */
static void test_quiet(void **state)
{
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), child, failed;

	(void)state;
	child = run_start(runner, parent, 11);
	RUN_EXEC(child, "/b/unit_test", "-x");
	assert_int_equal(run.result.tests.items.n, 1);
	assert_string_equal(test_of(1)->name, "unit_test");
	/* One whose exec fails is no test. */
	failed = run_start(runner, parent, 12);
	run_end(failed, 1 << 8);
	assert_int_equal(run.result.tests.items.n, 1);
}

/* A line in another form says nothing. */
static void test_lines(void **state)
{
	static const char *const lines[] = { "    Start",     "    Start : a", "    Start 1 a",
					     "    Start 1:",  "    Start 1: ", "    Start 1: \n",
					     "    Begin 1: a" };
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), child;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		run_announce(runner, parent, lines[i]);
	child = run_start(runner, parent, 11);
	assert_int_equal(run.result.tests.items.n, 0);
	run_announce(runner, parent, "    Start 1: a: b\n    Start 2: c\n");
	run_start(runner, parent, 12);
	assert_string_equal(test_of(1)->name, "a: b");
	run_end(child, 0);
}

static void test_killed(void **state)
{
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), direct, shell, child, failed;

	(void)state;
	run_announce(runner, parent, "    Start 1: direct\n");
	direct = run_start(runner, parent, 11);
	run_announce(runner, parent, "    Start 2: shell\n");
	shell = run_start(runner, parent, 12);
	child = run_process(13, run.result.processes.items[shell].epoch);
	run_announce(runner, parent, "    Start 3: failed\n");
	failed = run_start(runner, parent, 14);
	run_end(direct, SIGSEGV);
	assert_string_equal(test_of(1)->reason, "killed by SIGSEGV");
	/* The shell reports what happened to its child. */
	run_end(child, SIGABRT);
	run_end(shell, (128 + SIGABRT) << 8);
	assert_string_equal(test_of(2)->reason, "killed by SIGABRT");
	/* No process of this one was killed: it has a verdict. */
	run_end(failed, (128 + SIGABRT) << 8);
	assert_null(test_of(3)->reason);
}

/* A ctest inside of a test; and what never ends. */
static void test_nested(void **state)
{
	uint32_t runner = run_runner("ctest"), parent = ctest(10, 0), outer;

	(void)state;
	run_announce(runner, parent, "    Start 1: outer\n");
	outer = run_start(runner, parent, 11);
	RUN_EXEC(outer, "ctest");
	run_announce(runner, outer, "    Start 1: inner\n");
	run_end(run_start(runner, outer, 12), 0);
	assert_string_equal(test_of(2)->name, "outer / inner");
	assert_int_equal(test_of(2)->parent, 1);
	assert_int_equal(testrun_finish(run.testrun), 0);
	assert_string_equal(test_of(1)->reason, "it was still running when the report was made");
	assert_null(test_of(2)->reason);
}

/* A machine that runs suites all day long: nothing is kept of runners that are gone. */
static void test_forgotten(void **state)
{
	uint32_t runner = run_runner("ctest"), quiet = ctest(10, 0), parent, living, child;

	(void)state;
	living = ctest(9, 0);
	RUN_EXEC(run_start(runner, living, 8), "/b/living");
	for (uint32_t i = 0; i < 3; i++) {
		RUN_EXEC(run_start(runner, quiet, 11), "/b/first");
		RUN_EXEC(run_start(runner, quiet, 12), "/b/second");
		run_end(quiet, 0);
		parent = ctest(20, 0);
		run_announce(runner, parent, "    Start 1: outer\n");
		child = run_start(runner, parent, 21);
		assert_int_equal(run.testrun->announcements.n, 1);
		run_end(child, 0);
		run_end(parent, 0);
		quiet = ctest(10, 0);
		assert_int_equal(run.testrun->announcements.n, 0);
		assert_int_equal(run.testrun->notes.n, 1);
		assert_int_equal(HASH_COUNT(run.testrun->counts), 1);
	}
	assert_int_equal(run.testrun->notes.items[0].process, living);
	run_end(living, 0);
	assert_int_equal(run.testrun->notes.n, 0);
	assert_int_equal(HASH_COUNT(run.testrun->counts), 0);
	assert_int_equal(run.result.tests.items.n, 1 + 3 * 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_announced), RUN_TEST(test_not_announced), RUN_TEST(test_quiet),
		RUN_TEST(test_lines),	  RUN_TEST(test_killed),	RUN_TEST(test_nested),
		RUN_TEST(test_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
