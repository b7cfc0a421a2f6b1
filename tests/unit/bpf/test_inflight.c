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

/* Calls that differ in their numbers, as those of one file do. */
enum {
	MALLOC = LT_CALL_ACQUIRE | 1 << LT_CALL_NUMBER_SHIFT,
	CALLOC = LT_CALL_ACQUIRE | 2 << LT_CALL_NUMBER_SHIFT,
	REALLOC = LT_CALL_REALLOC | 3 << LT_CALL_NUMBER_SHIFT,
	REALLOCARRAY = LT_CALL_REALLOC | 4 << LT_CALL_NUMBER_SHIFT,
};

/* What the entry probe does. Returns whether its return matters. */
static bool enter(struct lt_task *task, __u64 sp, __u32 call)
{
	if (inflight_nested(task, sp, call))
		return false;
	task->sp = sp;
	task->call = call;
	return true;
}

/* What the return probe does. The return has popped the return address, which was at SP. */
static bool leave(struct lt_task *task, __u64 sp, __u32 call)
{
	if (!inflight_ends(task, sp + LT_RETURN_SP_DELTA, call))
		return false;
	task->sp = 0;
	return true;
}

static void test_one_call(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_false(leave(&task, SP, MALLOC));
	assert_true(enter(&task, SP, MALLOC));
	assert_true(leave(&task, SP, MALLOC));
	assert_false(leave(&task, SP, MALLOC));
}

/* A stack pointer of 0 is "none": nothing can be inside it. */
static void test_nothing_recorded(void **state)
{
	struct lt_task task = { .call = MALLOC };

	(void)state;
	assert_false(inflight_nested(&task, 0, CALLOC));
	assert_false(inflight_nested(&task, SP, CALLOC));
	assert_false(inflight_nested(&task, UINT64_MAX, CALLOC));
	assert_false(inflight_ends(&task, LT_RETURN_SP_DELTA, MALLOC));
}

static void test_nested(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, REALLOC));
	assert_false(enter(&task, SP - 0x80, MALLOC));
	assert_false(enter(&task, SP - 0x100, REALLOC));
	assert_false(leave(&task, SP - 0x100, REALLOC));
	assert_false(leave(&task, SP - 0x80, MALLOC));
	assert_false(enter(&task, SP - 0x80, MALLOC));
	assert_false(leave(&task, SP - 0x80, MALLOC));
	assert_int_equal(task.call, REALLOC);
	assert_true(leave(&task, SP, REALLOC));
}

/* reallocarray jumps to realloc: both return from the same place, the first one counts. */
static void test_tail_call(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, REALLOCARRAY));
	assert_false(enter(&task, SP, REALLOC));
	assert_false(enter(&task, SP - 0x40, MALLOC));
	assert_false(leave(&task, SP - 0x40, MALLOC));
	/* Whichever of the two return probes runs first. */
	assert_false(leave(&task, SP, REALLOC));
	assert_true(leave(&task, SP, REALLOCARRAY));
	assert_true(enter(&task, SP, REALLOCARRAY));
	assert_false(enter(&task, SP, REALLOC));
	assert_true(leave(&task, SP, REALLOCARRAY));
	assert_false(leave(&task, SP, REALLOC));
}

/* A call that was left without a return must not swallow those that follow it. */
static void test_abandoned(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, MALLOC));
	/* The stack has been unwound above it. */
	assert_true(enter(&task, SP + 8, CALLOC));
	assert_int_equal(task.call, CALLOC);
	assert_false(leave(&task, SP, MALLOC));
	assert_true(leave(&task, SP + 8, CALLOC));

	/* The same call site again: a loop around setjmp. */
	assert_true(enter(&task, SP, MALLOC));
	assert_true(enter(&task, SP, MALLOC));
	assert_true(leave(&task, SP, MALLOC));
	assert_false(leave(&task, SP, MALLOC));
}

static void test_other_returns(void **state)
{
	struct lt_task task = { 0 };

	(void)state;
	assert_true(enter(&task, SP, MALLOC));
	assert_false(leave(&task, SP + 8, MALLOC));
	assert_false(leave(&task, SP - 8, MALLOC));
	assert_false(leave(&task, SP, CALLOC));
	assert_true(leave(&task, SP, MALLOC));
}

/* A return instruction has not popped yet, and one may be shared by functions that jump there. */
static void test_return_instructions(void **state)
{
	enum { AT_RET = MALLOC | LT_CALL_AT_RET };
	struct lt_task task = { 0 };

	(void)state;
	assert_false(inflight_ends_at_ret(&task, 0));
	assert_true(enter(&task, SP, AT_RET));
	assert_false(inflight_ends_at_ret(&task, SP - 8));
	assert_false(inflight_ends_at_ret(&task, SP + 8));
	assert_true(inflight_ends_at_ret(&task, SP));
	task.sp = 0;
	/* A call with a probe at its return does not end here. */
	assert_true(enter(&task, SP, MALLOC));
	assert_false(inflight_ends_at_ret(&task, SP));
}

/*
 * Random call trees, where only outermost calls may be recorded and each of them exactly once.
 * DEPTH is the number of calls that are open.
 */
static void call_tree(struct lt_task *task, __u64 sp, int depth, __u64 *random)
{
	__u32 call = MALLOC + (__u32)(*random >> 33) % 6;
	bool counts;

	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	counts = enter(task, sp, call);
	assert_int_equal(counts, depth == 0);
	for (__u64 n = (*random >> 40) % 4; depth < 5 && n > 0; n--)
		call_tree(task, sp - 16 - (*random >> 50) * 8, depth + 1, random);
	assert_int_equal(leave(task, sp, call), counts);
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
		cmocka_unit_test(test_return_instructions),
		cmocka_unit_test(test_random_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
