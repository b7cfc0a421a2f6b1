// SPDX-License-Identifier: BSD-2-Clause
/* The growing array: contents, bounds of growth, and what it does without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vec.h"

static void test_push(void **state)
{
	VEC(uint64_t) v = { 0 };
	size_t n_visited = 0;

	(void)state;
	vec_foreach(item, &v)
		fail_msg("an empty array has an item %p", (void *)item);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(vec_push(&v, i * i), 0);
		assert_int_equal(v.n, i + 1);
		assert_true(v.cap >= v.n);
	}
	vec_foreach(item, &v) {
		assert_int_equal(*item, n_visited * n_visited);
		n_visited++;
	}
	assert_int_equal(n_visited, 1000);
	/* Growth by half wastes at most a third. */
	assert_true(v.cap <= v.n + v.n / 2 + 8);
	vec_done(&v);
	assert_null(v.items);
	assert_int_equal(v.n + v.cap, 0);
}

static void test_push_struct(void **state)
{
	struct pair {
		int a, b;
	};
	VEC(struct pair) v = { 0 };

	(void)state;
	assert_int_equal(vec_push(&v, (struct pair){ .a = 1, .b = 2 }), 0);
	assert_int_equal(v.items[0].a, 1);
	assert_int_equal(v.items[0].b, 2);
	vec_done(&v);
}

static void test_reserve(void **state)
{
	VEC(uint16_t) v = { 0 };
	void *items;

	(void)state;
	assert_int_equal(vec_reserve(&v, 100), 0);
	assert_true(v.cap >= 100);
	assert_int_equal(v.n, 0);
	items = v.items;
	for (uint16_t i = 0; i < 100; i++)
		assert_int_equal(vec_push(&v, i), 0);
	assert_ptr_equal(v.items, items);
	vec_done(&v);
}

/* A size that no machine has: refused, and the array stays as it was. */
static void test_reserve_too_much(void **state)
{
	VEC(uint64_t) v = { 0 };

	(void)state;
	assert_int_equal(vec_push(&v, 7), 0);
	assert_int_equal(vec_reserve(&v, SIZE_MAX / 8), -ENOMEM);
	assert_int_equal(vec_reserve(&v, SIZE_MAX / 2), -ENOMEM);
	assert_int_equal(v.n, 1);
	assert_int_equal(v.items[0], 7);
	vec_done(&v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_push_struct),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_reserve_too_much),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
