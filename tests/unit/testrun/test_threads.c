// SPDX-License-Identifier: BSD-2-Clause
/* Tests in threads, whose whole names are told later; and tests that are announced by name. */
#include <stdio.h>

#include "testrun/run.h"

static uint32_t begin_thread(uint32_t process, uint32_t thread, const char *name)
{
	struct lt_test facts = { .what = LT_TEST_BEGIN,
				 .source = LT_SOURCE_LIBTEST,
				 .epoch = ++run.last_epoch,
				 .thread = thread };

	run_signal(&facts, process, TEST_NO_PROCESS, name, NULL);
	return facts.epoch;
}

static void end_thread(uint32_t process, uint32_t thread, uint32_t epoch)
{
	struct lt_test facts = {
		.what = LT_TEST_END, .source = LT_SOURCE_LIBTEST, .epoch = epoch, .thread = thread
	};

	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
}

static void announce(uint32_t source, uint32_t process, const char *line)
{
	struct lt_test facts = { .what = LT_TEST_ANNOUNCE, .source = source };

	run_signal(&facts, process, TEST_NO_PROCESS, line, NULL);
}

#define TELL(process, name) announce(LT_SOURCE_LIBTEST, process, "test " name " ... ")

/* Two at once; names that begin alike are told apart by their order, and so is what was ignored. */
static void test_names_are_told(void **state)
{
	uint32_t process = run_process(10, 0), second, first;

	(void)state;
	second = begin_thread(process, 2, "parser::tests::");
	first = begin_thread(process, 1, "parser::tests::");
	end_thread(process, 2, second);
	assert_int_equal(test_of(1)->end_ns, run.now_ns);
	assert_int_equal(test_of(2)->end_ns, 0);
	assert_false(test_of(1)->counted);
	TELL(process, "parser::tests::b - should panic");
	TELL(process, "parser::tests::ignored");
	announce(LT_SOURCE_LIBTEST, process, "ignored");
	end_thread(process, 1, first);
	TELL(process, "parser::tests::a");
	assert_int_equal(test_of(2)->end_ns, run.now_ns - 1);
	run_end(process, 0);
	assert_string_equal(test_of(1)->name, "parser::tests::b");
	assert_string_equal(test_of(2)->name, "parser::tests::a");
	assert_string_equal(test_of(2)->suite, "parser::tests");
	assert_string_equal(test_of(2)->own_name, "a");
	assert_int_equal(test_of(2)->occurrence, 0);
	assert_null(test_of(1)->reason);
	assert_null(test_of(2)->reason);
}

/* A runner that runs one test in each process, by its name: the thread is called the same. */
static void test_is_the_one_around(void **state)
{
	struct lt_test facts = { .what = LT_TEST_PROCESS, .epoch = ++run.last_epoch };
	uint32_t process = run_process(10, facts.epoch);
	struct lt_test inner = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_LIBTEST, .thread = 1 };

	(void)state;
	for (const struct framework *const *at = frameworks; *at; at++) {
		for (int i = 0; i < FRAMEWORK_RUNNERS; i++)
			facts.source += (*at)->runners[i].kind != LT_RUNNER_NONE;
		if (*at == &framework_nextest)
			break;
	}
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	RUN_EXEC(process, "/t/demo", "--exact", "parser::tests::a_long_name", "--nocapture");
	inner.epoch = ++run.last_epoch;
	inner.around = facts.epoch;
	run_signal(&inner, process, TEST_NO_PROCESS, "parser::tests::", NULL);
	end_thread(process, 1, inner.epoch);
	TELL(process, "parser::tests::a_long_name");
	run_end(process, 0);
	assert_int_equal(run.result.tests.items.n, 1);
	assert_string_equal(test_of(1)->name, "parser::tests::a_long_name");
	assert_string_equal(test_of(1)->runner, "nextest");
}

/* Not all was told, or in another order: then nothing is guessed. */
static void test_names_stay_cut(void **state)
{
	uint32_t missing = run_process(10, 0), other = run_process(11, 0);

	(void)state;
	end_thread(missing, 1, begin_thread(missing, 1, "parser::tests::"));
	end_thread(missing, 2, begin_thread(missing, 2, "parser::tests::"));
	TELL(missing, "parser::tests::a");
	run_end(missing, 0);
	assert_string_equal(test_of(1)->name, "parser::tests::");
	end_thread(other, 1, begin_thread(other, 1, "b::a_long_name_"));
	end_thread(other, 2, begin_thread(other, 2, "a::a_long_name_"));
	TELL(other, "a::a_long_name_1");
	TELL(other, "b::a_long_name_2");
	run_end(other, 0);
	assert_string_equal(test_of(3)->name, "b::a_long_name_");
	assert_string_equal(test_of(4)->name, "a::a_long_name_");
}

/* The process ends while two run. */
static void test_threads_broken(void **state)
{
	uint32_t process = run_process(10, 0);

	(void)state;
	begin_thread(process, 1, "a");
	begin_thread(process, 2, "b");
	run_end(process, 6);
	assert_string_equal(test_of(1)->reason, "killed by SIGABRT");
	assert_string_equal(test_of(2)->reason, "killed by SIGABRT");
}

/* One at a time: the line comes first, and the process is the test. */
static void test_one_at_a_time(void **state)
{
	struct lt_test facts = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_LIBTEST, .epoch = 1 };
	uint32_t process = run_process(10, 0);

	(void)state;
	run_signal(&facts, process, TEST_NO_PROCESS, "test tests::a ... ", NULL);
	facts.what = LT_TEST_END;
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	run_end(process, 0);
	assert_string_equal(test_of(1)->name, "tests::a");
	assert_string_equal(test_of(1)->suite, "tests");
	assert_true(test_of(1)->counted);
}

/* A name, then the signal; a signal without a name is no test, and changes nothing. */
static void test_unittest(void **state)
{
	struct lt_test facts = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_UNITTEST, .epoch = 5 };
	uint32_t process = run_process(10, 0);

	(void)state;
	announce(LT_SOURCE_UNITTEST, process, "test_a (t.A.test_a)\nWhat it is for.");
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	assert_string_equal(test_of(1)->name, "t.A.test_a");
	assert_string_equal(test_of(1)->suite, "t.A");
	assert_string_equal(test_of(1)->own_name, "test_a");
	facts.epoch = 6;
	announce(LT_SOURCE_UNITTEST, process, "linking (debug mode)");
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	assert_int_equal(run.result.tests.items.n, 1);
	assert_int_equal(tests_number(&run.result.tests, 6), 0);
	/* Before Python 3.11. */
	facts.epoch = 7;
	announce(LT_SOURCE_UNITTEST, process, "test_b (t.A)");
	run_signal(&facts, process, TEST_NO_PROCESS, NULL, NULL);
	assert_string_equal(test_of(2)->name, "t.A.test_b");
}

static void test_unittest_lines(void **state)
{
	static const char *const no_names[] = { "",	     "a",	  "a (",     "a (b",
						"a ()",	     " (b)",	  "a b (c)", "(a (b)",
						"a (b c.d)", "a-b (c.d)", "a\n(b)" };

	(void)state;
	for (size_t i = 0; i < sizeof(no_names) / sizeof(no_names[0]); i++) {
		struct test_names names = { 0 };

		assert_int_equal(framework_unittest.announced(no_names[i], &names), 0);
		test_names_done(&names);
	}
}

/* A case that is run alone, in a process that its runner calls the same. */
static void test_same_name(void **state)
{
	struct lt_test facts = { .what = LT_TEST_BEGIN, .source = LT_SOURCE_TEXT };
	uint32_t runner = run_runner("ctest"), parent = run_process(10, 0), child;

	(void)state;
	RUN_EXEC(parent, "ctest");
	run_announce(runner, parent, "    Start 1: Suite.Case\n");
	child = run_start(runner, parent, 11);
	facts.epoch = ++run.last_epoch;
	facts.around = run.result.processes.items[child].epoch;
	run_signal(&facts, child, TEST_NO_PROCESS, "[ RUN      ] Suite.Case\n", NULL);
	assert_int_equal(run.result.tests.items.n, 1);
	assert_int_equal(tests_number(&run.result.tests, facts.epoch), 1);
	facts.epoch = ++run.last_epoch;
	run_signal(&facts, child, TEST_NO_PROCESS, "[ RUN      ] Suite.Other\n", NULL);
	assert_string_equal(test_of(2)->name, "Suite.Case / Suite.Other");
	run_end(child, 0);
	assert_int_equal(test_of(1)->end_ns, run.now_ns);
	assert_null(test_of(1)->reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(test_names_are_told),	       RUN_TEST(test_is_the_one_around),
		RUN_TEST(test_names_stay_cut),	       RUN_TEST(test_threads_broken),
		RUN_TEST(test_one_at_a_time),	       RUN_TEST(test_unittest),
		cmocka_unit_test(test_unittest_lines), RUN_TEST(test_same_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
