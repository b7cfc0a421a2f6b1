// SPDX-License-Identifier: BSD-2-Clause
/* What tests retained by call site, and what grows with each run of a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "model/growth.h"
#include "model/result.h"

enum { PID = 100, ONCE = 1, CACHE, REPORT, LOST, STACK_OTHER };

static uint32_t last_epoch;

static void result_begin(struct result *result)
{
	const struct process process = { .pid = PID };

	result_init(result);
	last_epoch = 0;
	assert_int_equal(vec_push(&result->processes, process), 0);
	assert_int_equal(vec_push(&result->processes, process), 0);
}

/* One more run of the test with this name; returns its number. Its epoch is the same. */
static uint32_t run_add(struct result *result, const char *name, bool whole_process)
{
	const struct test_begin begin = { .runner = "pytest",
					  .label = name,
					  .epoch = ++last_epoch,
					  .pid = PID,
					  .begin_ns = 1000 + last_epoch,
					  .whole_process = whole_process };
	uint32_t number;

	assert_int_equal(tests_add(&result->tests, &begin, &number), 0);
	assert_int_equal(number, last_epoch);
	return number;
}

static void hold(struct result *result, uint32_t test, uint32_t stack, enum resource_class class,
		 uint64_t bytes)
{
	const struct site_key key = { .stack = stack, .class = class, .test = test };

	assert_int_equal(sites_add_amount(&result->sites, &key, 1, bytes, 1), 0);
}

/* Released while the test WHEN ran, or, AFTER, when it had ended. */
static void release(struct result *result, uint32_t test, uint32_t stack, uint64_t bytes,
		    uint32_t when, bool after)
{
	const struct release one = { .stack = stack,
				     .test = test,
				     .when = 2 * when + after,
				     .bytes = bytes,
				     .n_blocks = 1 };

	assert_int_equal(vec_push(&result->releases.items, one), 0);
}

static const struct site *find(const struct result *result, uint32_t test, uint32_t stack,
			       enum resource_class class)
{
	const struct site_key key = { .stack = stack, .class = class, .test = test };

	return sites_find(&result->sites, &key);
}

static size_t n_of_class(const struct result *result, enum resource_class class)
{
	size_t n = 0;

	vec_foreach(site, &result->sites.items)
		n += (*site)->key.class == class;
	return n;
}

/* A cache that grows, what the first run sets up, reports that the next run releases, a leak. */
static void test_growth(void **state)
{
	_cleanup_(result_done) struct result result;
	const struct site *site;

	(void)state;
	result_begin(&result);
	for (uint32_t run = 1; run <= 3; run++) {
		run_add(&result, "a", false);
		hold(&result, run, CACHE, run == 1 ? CLASS_REACHABLE : CLASS_OUTSTANDING, 100);
		hold(&result, run, LOST, CLASS_LOST, 7);
		/* The report of the last run is released after it. */
		release(&result, run, REPORT, 50, run < 3 ? run + 1 : 3, run == 3);
	}
	hold(&result, 1, ONCE, CLASS_REACHABLE, 1000);
	assert_int_equal(growth_add_sites(&result), 0);
	assert_int_equal(n_of_class(&result, CLASS_GROWTH), 1);
	site = find(&result, 3, CACHE, CLASS_GROWTH);
	assert_non_null(site);
	assert_int_equal(site->bytes, 300);
	assert_int_equal(site->n_blocks, 3);
	assert_int_equal(site->growth.n, 3);
	assert_int_equal(site->growth.items[0], 100);
	assert_int_equal(site->growth.items[1], 200);
	assert_int_equal(site->growth.items[2], 300);
}

/* Grows as well when all of it is released at the end, as by an interpreter. */
static void test_growth_released_at_end(void **state)
{
	_cleanup_(result_done) struct result result;

	(void)state;
	result_begin(&result);
	for (uint32_t run = 1; run <= 3; run++) {
		run_add(&result, "a", false);
		release(&result, run, CACHE, 10, 3, true);
	}
	assert_int_equal(growth_add_sites(&result), 0);
	assert_non_null(find(&result, 3, CACHE, CLASS_GROWTH));
}

/* Not after each run; in different tests; in processes of their own; in different processes. */
static void test_no_growth(void **state)
{
	_cleanup_(result_done) struct result result;
	struct site_key key = { .process = 1, .stack = STACK_OTHER, .test = 2 };

	(void)state;
	result_begin(&result);
	run_add(&result, "a", false);
	run_add(&result, "a", false);
	run_add(&result, "a", false);
	hold(&result, 1, CACHE, CLASS_REACHABLE, 10);
	hold(&result, 3, CACHE, CLASS_REACHABLE, 10);
	run_add(&result, "b", false);
	hold(&result, 4, ONCE, CLASS_REACHABLE, 10);
	run_add(&result, "c", false);
	hold(&result, 5, ONCE, CLASS_REACHABLE, 10);
	run_add(&result, "d", true);
	run_add(&result, "d", true);
	hold(&result, 6, REPORT, CLASS_REACHABLE, 10);
	hold(&result, 7, REPORT, CLASS_REACHABLE, 10);
	/* The second run in one process, the third in another. */
	assert_int_equal(sites_add_amount(&result.sites, &key, 1, 10, 1), 0);
	hold(&result, 3, STACK_OTHER, CLASS_OUTSTANDING, 10);
	assert_int_equal(growth_add_sites(&result), 0);
	assert_int_equal(n_of_class(&result, CLASS_GROWTH), 0);
}

/* All that a test held at its end, whatever became of it. */
static void test_retained(void **state)
{
	_cleanup_(result_done) struct result result;
	const struct site *site;

	(void)state;
	result_begin(&result);
	run_add(&result, "a", false);
	run_add(&result, "b", false);
	hold(&result, 1, CACHE, CLASS_LOST, 4);
	hold(&result, 1, CACHE, CLASS_REACHABLE, 5);
	hold(&result, 0, CACHE, CLASS_REACHABLE, 99);
	release(&result, 1, CACHE, 6, 1, true);
	release(&result, 1, CACHE, 7, 2, false);
	release(&result, 2, ONCE, 8, 2, true);
	releases_count(&result);
	result_count_tests(&result);
	assert_int_equal(releases_add_sites(&result), 0);
	assert_int_equal(n_of_class(&result, CLASS_RETAINED), 2);
	site = find(&result, 1, CACHE, CLASS_RETAINED);
	assert_non_null(site);
	assert_int_equal(site->bytes, 22);
	assert_int_equal(site->n_blocks, 4);
	assert_int_equal(find(&result, 2, ONCE, CLASS_RETAINED)->bytes, 8);
	assert_int_equal(tests_get(&result.tests, 1)->retained_bytes, 22);
	assert_int_equal(tests_get(&result.tests, 1)->retracted_bytes, 13);
	assert_int_equal(tests_get(&result.tests, 2)->retained_blocks, 1);
	/* --min-bytes is about all of it. */
	assert_int_equal(sites_filter(&result.sites, 22, 0), 3);
	result_judge(&result, &(struct fail_on){ { 1u << CLASS_RETAINED } });
	assert_int_equal(tests_get(&result.tests, 1)->verdict, TEST_LEAKS);
	assert_int_equal(tests_get(&result.tests, 2)->verdict, TEST_CLEAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_growth_released_at_end),
		cmocka_unit_test(test_no_growth),
		cmocka_unit_test(test_retained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
