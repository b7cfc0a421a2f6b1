// SPDX-License-Identifier: BSD-2-Clause
/* Numbers, names and nesting of tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/result.h"

static uint32_t add(struct tests *tests, const char *label, uint32_t epoch, uint32_t parent_epoch)
{
	struct test_begin begin = {
		.runner = "ctest", .label = label, .epoch = epoch, .parent_epoch = parent_epoch
	};
	uint32_t number = 0;

	assert_int_equal(tests_add(tests, &begin, &number), 0);
	return number;
}

static void test_numbers(void **state)
{
	struct tests tests;

	(void)state;
	tests_init(&tests);
	assert_int_equal(tests_number(&tests, 7), 0);
	assert_null(tests_get(&tests, 0));
	assert_null(tests_get(&tests, 1));
	assert_int_equal(add(&tests, "a", 7, 0), 1);
	assert_int_equal(add(&tests, "b", 3, 0), 2);
	assert_int_equal(tests_number(&tests, 7), 1);
	assert_int_equal(tests_number(&tests, 3), 2);
	assert_int_equal(tests_number(&tests, 1), 0);
	assert_int_equal(tests_get(&tests, 2)->epoch, 3);
	assert_null(tests_get(&tests, 3));
	tests_done(&tests);
}

static void test_names(void **state)
{
	struct tests tests;
	struct test_begin begin = { .runner = "gtest", .label = "Cache.Evict", .suite = "Cache",
				    .name = "Evict", .parent_epoch = 7, .epoch = 8 };
	uint32_t number;

	(void)state;
	tests_init(&tests);
	add(&tests, "storage", 7, 0);
	assert_int_equal(tests_add(&tests, &begin, &number), 0);
	assert_string_equal(tests_get(&tests, number)->name, "storage / Cache.Evict");
	assert_string_equal(tests_get(&tests, number)->suite, "Cache");
	assert_string_equal(tests_get(&tests, number)->own_name, "Evict");
	assert_int_equal(tests_get(&tests, number)->parent, 1);
	assert_string_equal(tests_get(&tests, 1)->own_name, "storage");
	assert_null(tests_get(&tests, 1)->suite);
	tests_done(&tests);
}

/* The same name again is another occurrence; the prefix of a name is not the name. */
static void test_occurrences(void **state)
{
	struct tests tests;

	(void)state;
	tests_init(&tests);
	assert_int_equal(tests_get(&tests, add(&tests, "ab", 1, 0))->occurrence, 0);
	assert_int_equal(tests_get(&tests, add(&tests, "a", 2, 0))->occurrence, 0);
	assert_int_equal(tests_get(&tests, add(&tests, "ab", 3, 0))->occurrence, 1);
	assert_int_equal(tests_get(&tests, add(&tests, "ab", 4, 0))->occurrence, 2);
	tests_done(&tests);
}

static void hold(struct result *result, uint32_t test, uint64_t bytes)
{
	struct site_key key = { .stack = 1, .class = CLASS_OUTSTANDING, .test = test };
	struct object object = { .address = 0x1000, .bytes = bytes };

	assert_int_equal(sites_add(&result->sites, &key, &object, 0), 0);
}

/* What was born in a test makes that test fail; a crashed one gets no verdict and fails nothing. */
static void test_verdicts(void **state)
{
	struct process process = { 0 };
	struct result result;
	struct tests *tests = &result.tests;

	(void)state;
	result_init(&result);
	assert_int_equal(vec_push(&result.processes, process), 0);
	add(tests, "clean", 1, 0);
	add(tests, "crashed", 2, 0);
	assert_int_equal(test_set_reason(tests_get(tests, 2), "killed by %s", "SIGSEGV"), 0);
	assert_int_equal(test_set_reason(tests_get(tests, 2), "another"), 0);
	hold(&result, 2, 100);
	hold(&result, 2, 11);
	result_count_tests(&result);
	result_judge(&result, &(struct fail_on){ { [KIND_MEMORY] = 1u << CLASS_OUTSTANDING } });
	assert_false(result.leaks);
	assert_int_equal(tests_get(tests, 1)->verdict, TEST_CLEAN);
	assert_int_equal(tests_get(tests, 2)->verdict, TEST_NONE);
	assert_string_equal(tests_get(tests, 2)->reason, "killed by SIGSEGV");
	assert_int_equal(tests_get(tests, 2)->totals.outstanding_bytes, 111);
	assert_int_equal(tests_get(tests, 2)->totals.outstanding_blocks, 2);

	add(tests, "leaks", 3, 0);
	hold(&result, 3, 10);
	result_count_tests(&result);
	result_judge(&result, &(struct fail_on){ { [KIND_MEMORY] = 1u << CLASS_LOST } });
	assert_int_equal(tests_get(tests, 3)->verdict, TEST_CLEAN);
	result_judge(&result, &(struct fail_on){ { [KIND_MEMORY] = 1u << CLASS_OUTSTANDING } });
	assert_true(result.leaks);
	assert_int_equal(tests_get(tests, 1)->verdict, TEST_CLEAN);
	assert_int_equal(tests_get(tests, 3)->verdict, TEST_LEAKS);
	assert_string_equal(test_verdict_name(TEST_LEAKS), "leaks");
	result_done(&result);
}

/* In a process that was killed, what an earlier test has left is neither leaked nor fine. */
static void test_killed_later(void **state)
{
	struct process process = { .end = END_EXIT, .wait_status = 6 };
	struct result result;

	(void)state;
	result_init(&result);
	assert_int_equal(vec_push(&result.processes, process), 0);
	add(&result.tests, "clean", 1, 0);
	add(&result.tests, "holds", 2, 0);
	hold(&result, 2, 100);
	result_judge(&result, &(struct fail_on){ { [KIND_MEMORY] = 1u << CLASS_OUTSTANDING } });
	assert_false(result.leaks);
	assert_int_equal(tests_get(&result.tests, 1)->verdict, TEST_CLEAN);
	assert_int_equal(tests_get(&result.tests, 2)->verdict, TEST_NONE);
	assert_non_null(tests_get(&result.tests, 2)->reason);
	result_done(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_occurrences),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_killed_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
