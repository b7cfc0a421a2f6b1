// SPDX-License-Identifier: BSD-2-Clause
/* Which calls of allocators belong to one another: the rules of bpf/inflight.bpf.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/bpf_shim.h"

#include "../../../bpf/inflight.bpf.h"

enum { SP = 0x7000 };

/* What the entry probe does. Returns whether its return matters. */
static bool enter(struct lt_task *task, __u64 sp, __u32 function)
{
	if (inflight_nested(task, sp, function))
		return false;
	task->sp = sp;
	task->function = function;
	return true;
}

/* What the return probe does. The return has popped the return address, which was at SP. */
static bool leave(struct lt_task *task, __u64 sp, __u32 function)
{
	if (!inflight_ends(task, sp + LT_RETURN_SP_DELTA, function))
		return false;
	task->sp = 0;
	return true;
}

static void test_one_call(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_false(leave(&task, SP, LT_FN_MALLOC));
	assert_true(enter(&task, SP, LT_FN_MALLOC));
	assert_true(leave(&task, SP, LT_FN_MALLOC));
	assert_false(leave(&task, SP, LT_FN_MALLOC));
}

/* A stack pointer of 0 is "none": nothing can be inside it. */
static void test_nothing_recorded(void **state)
{
	struct lt_task task = { .function = LT_FN_MALLOC };

	(void)state;
	assert_false(inflight_nested(&task, 0, LT_FN_CALLOC));
	assert_false(inflight_nested(&task, SP, LT_FN_CALLOC));
	assert_false(inflight_nested(&task, UINT64_MAX, LT_FN_CALLOC));
	assert_false(inflight_ends(&task, LT_RETURN_SP_DELTA, LT_FN_MALLOC));
}

static void test_nested(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, LT_FN_REALLOC));
	assert_false(enter(&task, SP - 0x80, LT_FN_MALLOC));
	assert_false(enter(&task, SP - 0x100, LT_FN_REALLOC));
	assert_false(leave(&task, SP - 0x100, LT_FN_REALLOC));
	assert_false(leave(&task, SP - 0x80, LT_FN_MALLOC));
	assert_false(enter(&task, SP - 0x80, LT_FN_MALLOC));
	assert_false(leave(&task, SP - 0x80, LT_FN_MALLOC));
	assert_int_equal(task.function, LT_FN_REALLOC);
	assert_true(leave(&task, SP, LT_FN_REALLOC));
}

/* reallocarray jumps to realloc: both return from the same place, the first one counts. */
static void test_tail_call(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, LT_FN_REALLOCARRAY));
	assert_false(enter(&task, SP, LT_FN_REALLOC));
	assert_false(enter(&task, SP - 0x40, LT_FN_MALLOC));
	assert_false(leave(&task, SP - 0x40, LT_FN_MALLOC));
	/* Whichever of the two return probes runs first. */
	assert_false(leave(&task, SP, LT_FN_REALLOC));
	assert_true(leave(&task, SP, LT_FN_REALLOCARRAY));
	assert_true(enter(&task, SP, LT_FN_REALLOCARRAY));
	assert_false(enter(&task, SP, LT_FN_REALLOC));
	assert_true(leave(&task, SP, LT_FN_REALLOCARRAY));
	assert_false(leave(&task, SP, LT_FN_REALLOC));
}

/* A call that was left without a return must not swallow those that follow it. */
static void test_abandoned(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, LT_FN_MALLOC));
	/* The stack has been unwound above it. */
	assert_true(enter(&task, SP + 8, LT_FN_CALLOC));
	assert_int_equal(task.function, LT_FN_CALLOC);
	assert_false(leave(&task, SP, LT_FN_MALLOC));
	assert_true(leave(&task, SP + 8, LT_FN_CALLOC));

	/* The same call site again: a loop around setjmp. */
	assert_true(enter(&task, SP, LT_FN_MALLOC));
	assert_true(enter(&task, SP, LT_FN_MALLOC));
	assert_true(leave(&task, SP, LT_FN_MALLOC));
	assert_false(leave(&task, SP, LT_FN_MALLOC));
}

static void test_other_returns(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, LT_FN_MALLOC));
	assert_false(leave(&task, SP + 8, LT_FN_MALLOC));
	assert_false(leave(&task, SP - 8, LT_FN_MALLOC));
	assert_false(leave(&task, SP, LT_FN_CALLOC));
	assert_true(leave(&task, SP, LT_FN_MALLOC));
}

/*
 * Random call trees, where only outermost calls may be recorded and each of them exactly once.
 * DEPTH is the number of calls that are open.
 */
static void call_tree(struct lt_task *task, __u64 sp, int depth, __u64 *random)
{
	__u32 function = LT_FN_MALLOC + (__u32)(*random >> 33) % 6;
	bool counts;

	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	counts = enter(task, sp, function);
	assert_int_equal(counts, depth == 0);
	for (__u64 n = (*random >> 40) % 4; depth < 5 && n > 0; n--)
		call_tree(task, sp - 16 - (*random >> 50) * 8, depth + 1, random);
	assert_int_equal(leave(task, sp, function), counts);
}

static void test_random_trees(void **state)
{
	struct lt_task task = { 0 };
	__u64 random = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		call_tree(&task, 0x7fff00000000ull - (random >> 48) * 16, 0, &random);
		assert_int_equal(task.sp, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call),     cmocka_unit_test(test_nothing_recorded),
		cmocka_unit_test(test_nested),	     cmocka_unit_test(test_tail_call),
		cmocka_unit_test(test_abandoned),    cmocka_unit_test(test_other_returns),
		cmocka_unit_test(test_random_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
