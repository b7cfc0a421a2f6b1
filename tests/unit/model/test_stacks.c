// SPDX-License-Identifier: BSD-2-Clause
/* Interned call stacks: same places and same end are one stack, all else is another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/stacks.h"

static struct stack *intern(struct stacks *stacks, const struct place *places, size_t n,
			    enum stack_end end)
{
	struct stack *stack = NULL;

	assert_int_equal(stacks_intern(stacks, places, n, end, &stack), 0);
	assert_non_null(stack);
	return stack;
}

static void test_none_is_first(void **state)
{
	struct stacks stacks;

	(void)state;
	assert_int_equal(stacks_init(&stacks), 0);
	assert_int_equal(stacks.items.n, 1);
	assert_int_equal(stacks_get(&stacks, 0)->n, 0);
	assert_int_equal(stacks_get(&stacks, 0)->end, STACK_NONE);
	assert_ptr_equal(stacks_get(&stacks, 77), stacks_get(&stacks, 0));
	assert_ptr_equal(intern(&stacks, NULL, 0, STACK_NONE), stacks_get(&stacks, 0));
	stacks_done(&stacks);
}

static void test_identity(void **state)
{
	static const struct place places[] = {
		{ .module = 1, .offset = 0x10 },
		{ .module = 1, .offset = 0x20 },
		{ .module = 2, .offset = 0x30 },
	};
	static const struct place other[] = {
		{ .module = 1, .offset = 0x10 },
		{ .module = 2, .offset = 0x20 },
		{ .module = 2, .offset = 0x30 },
	};
	struct stacks stacks;
	struct stack *a, *shorter, *cut, *b;

	(void)state;
	assert_int_equal(stacks_init(&stacks), 0);
	a = intern(&stacks, places, 3, STACK_COMPLETE);
	shorter = intern(&stacks, places, 2, STACK_COMPLETE);
	cut = intern(&stacks, places, 3, STACK_TRUNCATED);
	b = intern(&stacks, other, 3, STACK_COMPLETE);
	assert_int_equal(stacks.items.n, 5);
	assert_ptr_equal(intern(&stacks, places, 3, STACK_COMPLETE), a);
	assert_ptr_equal(intern(&stacks, places, 2, STACK_COMPLETE), shorter);
	assert_ptr_equal(intern(&stacks, places, 3, STACK_TRUNCATED), cut);
	assert_ptr_equal(intern(&stacks, other, 3, STACK_COMPLETE), b);
	assert_int_equal(stacks.items.n, 5);
	assert_int_equal(a->n, 3);
	for (uint32_t i = 0; i < a->n; i++)
		assert_memory_equal(stacks_place(&stacks, a, i), &places[i], sizeof(places[i]));
	/* Four places are in all of them; each is kept once. */
	assert_int_equal(stacks.places.n, 4);
	assert_ptr_equal(stacks_place(&stacks, a, 2), stacks_place(&stacks, b, 2));
	assert_int_equal(stacks_intern_ids(&stacks, b->places, 3, STACK_COMPLETE, &cut), 0);
	assert_ptr_equal(cut, b);
	assert_ptr_equal(stacks_get(&stacks, b->id), b);
	stacks_done(&stacks);
}

static void test_many(void **state)
{
	struct stacks stacks;

	(void)state;
	assert_int_equal(stacks_init(&stacks), 0);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < 3000; i++) {
			struct place places[200] = { { .module = 1, .offset = i } };

			assert_int_equal(intern(&stacks, places, 1 + i % 200, STACK_COMPLETE)->id,
					 i + 1);
		}
	}
	stacks_done(&stacks);
}

/* What is not kept is gone, and its id with it; the others stay what they are. */
static void test_sweep(void **state)
{
	enum { N = 1000 };
	struct stacks stacks;
	struct place place = { .module = 1 };
	struct stack *again;

	(void)state;
	assert_int_equal(stacks_init(&stacks), 0);
	for (uint32_t i = 1; i <= N; i++) {
		place.offset = i;
		assert_int_equal(intern(&stacks, &place, 1, STACK_COMPLETE)->id, i);
	}
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 3; i <= N; i += 3)
			stacks_keep(&stacks, i);
		stacks_keep(&stacks, 0);
		stacks_sweep(&stacks);
		/* The first one, every third, and the last. */
		assert_int_equal(stacks.items.n, 1 + N / 3 + 1);
	}
	for (uint32_t i = 1; i <= N; i++) {
		const struct stack *stack = stacks_get(&stacks, i);

		if (i % 3 == 0 || i == N) {
			assert_int_equal(stack->id, i);
			assert_int_equal(stacks_place(&stacks, stack, 0)->offset, i);
			assert_ptr_equal(stacks.items.items[stacks_index(&stacks, i)], stack);
		} else {
			assert_int_equal(stack->end, STACK_NONE);
		}
	}
	/* So are the places of those that went; their ids are given to others. */
	assert_int_equal(stacks.places.n, N);
	assert_int_equal(stacks.free_places.n, N - N / 3 - 1);
	place.offset = 3;
	assert_true(stacks_has_place(&stacks, &place));
	place.offset = 4;
	assert_false(stacks_has_place(&stacks, &place));
	again = intern(&stacks, &place, 1, STACK_COMPLETE);
	assert_int_equal(again->id, N + 1);
	assert_ptr_equal(stacks_get(&stacks, N + 1), again);
	assert_int_equal(stacks_place(&stacks, again, 0)->offset, 4);
	assert_int_equal(stacks.places.n, N);
	place.offset = 6;
	assert_int_equal(intern(&stacks, &place, 1, STACK_COMPLETE)->id, 6);
	for (uint32_t i = N + 1; i <= 2 * N; i++) {
		place.offset = i;
		again = intern(&stacks, &place, 1, STACK_COMPLETE);
		assert_int_equal(stacks_place(&stacks, again, 0)->offset, i);
	}
	assert_int_equal(stacks.free_places.n, 0);
	for (uint32_t i = 3; i <= N; i += 3)
		assert_int_equal(stacks_place(&stacks, stacks_get(&stacks, i), 0)->offset, i);
	stacks_done(&stacks);
}

static void test_end_texts(void **state)
{
	(void)state;
	assert_null(stack_end_text(STACK_COMPLETE));
	for (int end = STACK_COMPLETE + 1; end < _STACK_END_MAX; end++)
		assert_non_null(stack_end_text(end));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none_is_first), cmocka_unit_test(test_identity),
		cmocka_unit_test(test_many),	      cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_end_texts),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
