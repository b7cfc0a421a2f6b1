// SPDX-License-Identifier: BSD-2-Clause
/* The innermost of nested ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "symbol/ranges.h"

static uint64_t value_at(const struct ranges *ranges, uint64_t at)
{
	const struct range *range = ranges_find(ranges, at);

	return range ? range->value : 0;
}

static void test_nested(void **state)
{
	struct ranges ranges = { 0 };

	(void)state;
	assert_null(ranges_find(&ranges, 5));
	assert_null(ranges_last(&ranges, 5));
	assert_int_equal(ranges_add(&ranges, 40, 50, 0, 4), 0);
	assert_int_equal(ranges_add(&ranges, 10, 30, 0, 1), 0);
	assert_int_equal(ranges_add(&ranges, 12, 20, 0, 2), 0);
	assert_int_equal(ranges_add(&ranges, 14, 16, 0, 3), 0);
	assert_int_equal(ranges_add(&ranges, 60, 60, 0, 5), 0);
	assert_int_equal(ranges_add(&ranges, 70, 65, 0, 6), 0);
	ranges_sort(&ranges);
	assert_int_equal(ranges.list.n, 4);

	assert_int_equal(value_at(&ranges, 9), 0);
	assert_int_equal(value_at(&ranges, 10), 1);
	assert_int_equal(value_at(&ranges, 15), 3);
	assert_int_equal(value_at(&ranges, 16), 2);
	assert_int_equal(value_at(&ranges, 25), 1);
	assert_int_equal(value_at(&ranges, 30), 0);
	assert_int_equal(value_at(&ranges, 49), 4);
	assert_int_equal(value_at(&ranges, 50), 0);
	assert_int_equal(value_at(&ranges, UINT64_MAX), 0);
	assert_int_equal(ranges_last(&ranges, 35)->value, 3);
	assert_null(ranges_last(&ranges, 9));
	ranges_done(&ranges);
}

static void test_rank(void **state)
{
	struct ranges ranges = { 0 };

	(void)state;
	assert_int_equal(ranges_add(&ranges, 10, 20, 1, 1), 0);
	assert_int_equal(ranges_add(&ranges, 10, 20, 0, 2), 0);
	assert_int_equal(ranges_add(&ranges, 10, 20, 7, 3), 0);
	ranges_sort(&ranges);
	assert_int_equal(value_at(&ranges, 10), 2);
	ranges_done(&ranges);
}

/* The same as a search through all of them, for many small tables. */
static void test_against_slow_search(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 300; round++) {
		struct ranges ranges = { 0 };

		for (uint32_t i = 0; i < 30; i++) {
			uint64_t lo = (uint64_t)rand() % 200, n = 1 + (uint64_t)rand() % 40;

			assert_int_equal(ranges_add(&ranges, lo, lo + n, i, i + 1), 0);
		}
		ranges_sort(&ranges);
		for (uint64_t at = 0; at < 250; at++) {
			const struct range *best = NULL;

			vec_foreach(range, &ranges.list) {
				if (at < range->lo || at >= range->hi)
					continue;
				if (!best || range->lo > best->lo ||
				    (range->lo == best->lo && range->rank < best->rank))
					best = range;
			}
			assert_ptr_equal(ranges_find(&ranges, at), best);
		}
		ranges_done(&ranges);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_against_slow_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
