// SPDX-License-Identifier: BSD-2-Clause
/* Tests within suites within suites: what they are called. */
#include "testrun/run.h"

/* The signal of Boost.Test that does this, as the programs number it. */
static uint32_t boost(enum lt_signal_action action)
{
	size_t n;
	const struct test_symbol *symbols = testrun_symbols(run.testrun, &n);

	for (size_t i = 0; i < n; i++) {
		if (strstr(symbols[i].name, "boost") && symbols[i].signal->action == action)
			return (uint32_t)i;
	}
	fail_msg("Boost.Test has no signal %d", action);
	return 0;
}

static void tell(enum lt_test_what what, enum lt_signal_action action, uint32_t process,
		 const char *name)
{
	struct lt_test facts = { .what = what, .source = boost(action) };

	if (what == LT_TEST_BEGIN)
		facts.epoch = ++run.last_epoch;
	run_signal(&facts, process, TEST_NO_PROCESS, name, NULL);
}

static void enter(uint32_t process, const char *name)
{
	tell(LT_TEST_ENTER, LT_SIGNAL_ENTER, process, name);
}

static void leave(uint32_t process)
{
	tell(LT_TEST_LEAVE, LT_SIGNAL_LEAVE, process, NULL);
}

/* The next test is called so. */
static void expect(uint32_t process, const char *name, const char *label, const char *suite)
{
	const struct test *test;

	tell(LT_TEST_BEGIN, LT_SIGNAL_BEGIN, process, name);
	test = test_of((uint32_t)run.result.tests.items.n);
	assert_string_equal(test->name, label);
	if (suite)
		assert_string_equal(test->suite, suite);
	else
		assert_null(test->suite);
	assert_string_equal(test->own_name, name);
	tell(LT_TEST_END, LT_SIGNAL_END, process, NULL);
}

static void test_suites(void **state)
{
	uint32_t process = run_process(10, 0);

	(void)state;
	enter(process, "program");
	expect(process, "a", "a", NULL);
	enter(process, "outer");
	expect(process, "a", "outer/a", "outer");
	enter(process, "inner");
	expect(process, "a", "outer/inner/a", "outer.inner");
	leave(process);
	expect(process, "b", "outer/b", "outer");
	leave(process);
	enter(process, NULL);
	expect(process, "a", "?/a", "?");
	leave(process);
	expect(process, "b", "b", NULL);
	leave(process);
	run_end(process, 0);
}

/* Two programs at a time; and ends without a beginning, of which there are none. */
static void test_processes(void **state)
{
	uint32_t first = run_process(10, 0), second = run_process(11, 0);

	(void)state;
	leave(first);
	enter(first, "program");
	enter(second, "program");
	enter(first, "one");
	enter(second, "two");
	expect(first, "a", "one/a", "one");
	expect(second, "a", "two/a", "two");
	run_end(first, 0);
	expect(second, "b", "two/b", "two");
	leave(second);
	leave(second);
	leave(second);
	expect(second, "c", "c", NULL);
	run_end(second, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_suites),
		RUN_TEST(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
