// SPDX-License-Identifier: BSD-2-Clause
/* Which tests run in a process at a moment: parts of it, the one that started it, and neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "model/running.h"

static struct result result;

static int setup(void **state)
{
	(void)state;
	result_init(&result);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	result_done(&result);
	return 0;
}

static void add_process(uint32_t pid, uint64_t start_ns, uint32_t epoch)
{
	struct process process = { .pid = pid, .start_ns = start_ns, .epoch = epoch };

	assert_int_equal(vec_push(&result.processes, process), 0);
}

static struct test *add_test(const char *label, uint32_t pid, uint32_t epoch, uint32_t around,
			     uint64_t begin_ns)
{
	struct test_begin begin = { .runner = "r",
				    .label = label,
				    .pid = pid,
				    .epoch = epoch,
				    .parent_epoch = around,
				    .begin_ns = begin_ns };
	uint32_t number;

	assert_int_equal(tests_add(&result.tests, &begin, &number), 0);
	return tests_get(&result.tests, number);
}

/* NAME NULL: none. */
static void expect(uint32_t pid, uint64_t time_ns, const char *name)
{
	_cleanup_free_ char *found = NULL;
	const char *runner = NULL;

	assert_int_equal(running_tests(&result, pid, time_ns, &found, &runner), name != NULL);
	if (!name)
		return;
	assert_string_equal(found, name);
	assert_string_equal(runner, "r");
}

static void test_parts(void **state)
{
	(void)state;
	add_process(5, 10, 0);
	add_test("first", 5, 1, 0, 20)->end_ns = 30;
	add_test("second", 5, 2, 0, 40);
	expect(5, 15, NULL);
	expect(5, 25, "first");
	expect(5, 35, NULL);
	expect(5, 50, "second");
	expect(6, 50, NULL);
	/* A part of it says more; of two threads it is not known which. */
	add_test("part", 5, 3, 2, 50);
	expect(5, 60, "second / part");
	add_test("thread", 5, 4, 0, 55);
	expect(5, 60, "second / part or thread");
	/* Another program runs in it by now. */
	add_process(5, 70, 0);
	expect(5, 80, NULL);
}

static void test_started(void **state)
{
	(void)state;
	add_process(5, 10, 1);
	add_process(6, 20, 1);
	add_test("whole", 5, 1, 0, 10)->whole_process = true;
	add_test("inner", 6, 2, 1, 30);
	expect(5, 40, "whole");
	expect(6, 25, "whole");
	expect(6, 40, "whole / inner");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_started, setup, teardown),
	};

	return cmocka_run_group_tests_name("model/running", tests, NULL, NULL);
}
