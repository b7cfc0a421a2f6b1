// SPDX-License-Identifier: BSD-2-Clause
/* Free parts of an array, against an array of what is free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "unwind/spans.h"

enum { N_ITEMS = 500, N_PARTS = 40 };

static void test_together(void **state)
{
	struct spans spans = { 0 };
	uint32_t first;

	(void)state;
	assert_false(spans_take(&spans, 1, &first));
	assert_int_equal(spans_give(&spans, 10, 5), 0);
	assert_int_equal(spans_give(&spans, 20, 5), 0);
	assert_int_equal(spans_give(&spans, 30, 0), 0);
	assert_int_equal(spans.list.n, 2);
	assert_false(spans_take(&spans, 6, &first));
	/* The gap between both: now they are one. */
	assert_int_equal(spans_give(&spans, 15, 5), 0);
	assert_int_equal(spans.list.n, 1);
	assert_true(spans_take(&spans, 6, &first));
	assert_int_equal(first, 10);
	assert_false(spans_take(&spans, 10, &first));
	assert_false(spans_take(&spans, 0, &first));
	assert_true(spans_take(&spans, 9, &first));
	assert_int_equal(first, 16);
	assert_int_equal(spans.list.n, 0);
	spans_done(&spans);
}

/* Every item is free or in use, as a plain array says; neighbours are one span. */
static void check(const struct spans *spans, const bool *is_free)
{
	uint32_t at = 0;

	vec_foreach(span, &spans->list) {
		assert_true(span->n > 0);
		assert_true(at == 0 || span->first > at);
		for (; at < span->first; at++)
			assert_false(is_free[at]);
		for (; at < span->first + span->n; at++)
			assert_true(is_free[at]);
	}
	for (; at < N_ITEMS; at++)
		assert_false(is_free[at]);
}

static void test_random(void **state)
{
	struct span parts[N_PARTS] = { 0 };
	bool is_free[N_ITEMS];
	struct spans spans = { 0 };

	(void)state;
	memset(is_free, true, sizeof(is_free));
	assert_int_equal(spans_give(&spans, 0, N_ITEMS), 0);
	srand(7);
	for (int i = 0; i < 20000; i++) {
		struct span *part = &parts[rand() % N_PARTS];

		if (part->n) {
			assert_int_equal(spans_give(&spans, part->first, part->n), 0);
			memset(is_free + part->first, true, part->n);
			part->n = 0;
		} else {
			uint32_t n = 1 + (uint32_t)rand() % 30;

			if (spans_take(&spans, n, &part->first)) {
				part->n = n;
				memset(is_free + part->first, false, n);
			}
		}
		check(&spans, is_free);
	}
	spans_done(&spans);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("spans", tests, NULL, NULL);
}
