// SPDX-License-Identifier: BSD-2-Clause
/* The table of live blocks when it gets full: growth, the overflow, and counted losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/blocks_native.h"

enum { LEVEL0_SLOTS = (int)LT_LEVEL0_BUCKETS * LT_BUCKET_SLOTS };

static int setup(void **state)
{
	(void)state;
	shim_init(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_done();
	return 0;
}

static __u64 heap_address(size_t i)
{
	return 0x7ffff0000010ull + i * 32;
}

static int heap_add(size_t i)
{
	struct lt_block block = block_of(i);

	return blocks_add(7, heap_address(i), &block);
}

static void check_remove(size_t i, bool expected)
{
	struct lt_block block, right = block_of(i);

	assert_int_equal(blocks_remove(7, heap_address(i), &block), expected);
	if (expected)
		assert_true(block_equals(&block, &right));
}

struct fill {
	unsigned percent;    /* of the slots of level 0 */
	size_t max_overflow; /* blocks that may have had to go there */
	bool full;	     /* more than all maps can hold */
};

/* Every block is found again, or its loss was counted. */
static void test_fill(void **state)
{
	const struct fill *fill = *state;
	size_t n = (size_t)LEVEL0_SLOTS * fill->percent / 100, n_added = 0;
	bool *added = calloc(n, sizeof(*added));

	assert_non_null(added);
	for (size_t i = 0; i < n; i++) {
		added[i] = heap_add(i);
		n_added += added[i];
	}
	print_message("%u %%: %zu of %zu blocks added, %zu of them in the overflow\n",
		      fill->percent, n_added, n, shim_n_overflow());
	assert_int_equal(shim.spaces[7].losses[LT_LOSS_BLOCKS_FULL], n - n_added);
	assert_int_equal(shim_losses(LT_LOSS_BLOCKS_FULL), n - n_added);
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 0);
	assert_int_equal(blocks_n_used(), n_added);
	assert_true(spills_are_right());
	assert_int_equal(lt_overflow_used, shim_n_overflow());
	assert_true(shim_n_overflow() <= fill->max_overflow);
	assert_int_equal(n_added < n, fill->full);
	/* There is no other level to move on to, which was asked for once. */
	assert_int_equal(lt_level_used, 0);
	assert_int_equal(lt_level_wanted, shim_n_overflow() > LT_GROW_OVERFLOW);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], lt_level_wanted);
	for (size_t i = 0; i < n; i++)
		check_remove(i, added[i]);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	/* And there is room again. */
	assert_int_equal(heap_add(n), 1);
	assert_int_equal(shim_n_overflow(), 0);
	free(added);
}

/* A refused block leaves nothing behind and takes the place of none. */
static void test_overflow_limit(void **state)
{
	struct lt_block block = block_of(1), found;
	const __u64 odd = 0x10001;

	(void)state;
	for (size_t i = 0; i < LT_MAX_OVERFLOW; i++)
		assert_int_equal(blocks_add(1, odd + i * 2, &block), 1);
	assert_int_equal(blocks_add(2, odd, &block), 0);
	assert_int_equal(shim.spaces[1].losses[LT_LOSS_BLOCKS_FULL], 0);
	assert_int_equal(shim.spaces[2].losses[LT_LOSS_BLOCKS_FULL], 1);
	assert_int_equal(blocks_remove(2, odd, &found), 0);
	/* One that is there is replaced even now; and one that has a key has its slot. */
	block = block_of(2);
	assert_int_equal(blocks_add(1, odd, &block), 1);
	assert_int_equal(blocks_add(2, odd + 7, &block), 1);
	assert_int_equal(shim_n_overflow(), LT_MAX_OVERFLOW);
	assert_int_equal(blocks_remove(1, odd, &found), 1);
	assert_true(block_equals(&block, &found));
	assert_int_equal(blocks_add(2, odd, &block), 1);
	assert_int_equal(shim_losses(LT_LOSS_BLOCKS_FULL), 1);
}

/* Adds blocks from *I on until LEVEL is in use; fails if MAX were not enough. */
static void fill_until(__u32 level, size_t *i, size_t max)
{
	for (size_t end = *i + max; lt_level_used != level; (*i)++) {
		assert_true(*i < end);
		assert_int_equal(heap_add(*i), 1);
	}
}

static void test_growth(void **state)
{
	size_t n = 0, n_first, n_overflow;

	(void)state;
	/* What is crowded overflows; the next level is asked for when that is worth its memory. */
	for (; lt_level_wanted == 0; n++)
		assert_int_equal(heap_add(n), 1);
	print_message("level 1 is wanted at %zu %% of the slots\n", n * 100 / LEVEL0_SLOTS);
	assert_in_range(n, LEVEL0_SLOTS * 7 / 10, LEVEL0_SLOTS * 9 / 10);
	n_overflow = shim_n_overflow();
	assert_int_equal(n_overflow, LT_GROW_OVERFLOW + 1);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 1);
	for (size_t end = n + 1000; n < end; n++)
		assert_int_equal(heap_add(n), 1);
	assert_int_equal(lt_level_used, 0);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 1);
	n_overflow = shim_n_overflow();
	shim_level_set(1, NULL);
	lt_level_ready = 1;
	/* The first block that finds no room begins it. */
	fill_until(1, &n, 1000);
	n_first = n;
	assert_int_equal(shim_n_overflow(), n_overflow);
	assert_int_equal(level_n_used(0), n - 1 - n_overflow);
	assert_int_equal(level_n_used(1), 1);

	/* Level 2 is not there yet: level 1 fills up, without a move, and one bell for level 2. */
	for (; n < n_first + 2 * LEVEL0_SLOTS; n++)
		assert_int_equal(heap_add(n), 1);
	assert_int_equal(lt_level_used, 1);
	assert_int_equal(lt_level_wanted, 2);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 2);
	assert_true(level_n_used(1) > 2 * LEVEL0_SLOTS * 8 / 10);
	/* What has no room in the newest level takes the holes in the older one. */
	assert_true(level_n_used(0) > n_first - n_overflow);

	shim_level_set(2, NULL);
	lt_level_ready = 2;
	fill_until(2, &n, 100);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 2);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(heap_add(n++), 1);
	assert_true(level_n_used(2) >= 1000);
	assert_true(spills_are_right());
	for (size_t i = 0; i < n; i++)
		check_remove(i, true);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	assert_int_equal(shim_losses(LT_LOSS_BLOCKS_FULL), 0);
}

/* A bell that does not fit into the ring is no loss, and the level is used all the same. */
static void test_growth_without_bell(void **state)
{
	size_t n = 0;

	(void)state;
	shim_init(2);
	shim.ring_full = true;
	fill_until(1, &n, LEVEL0_SLOTS);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 0);
	for (int i = 0; i < LT_LOSS_COUNT; i++)
		assert_int_equal(shim_losses(i), 0);
	for (size_t i = 0; i < n; i++)
		check_remove(i, true);
	assert_int_equal(blocks_n_used(), 0);
}

/* The newest level that may exist is the last: from there on it is the overflow, then losses. */
static void test_last_level(void **state)
{
	(void)state;
	shim_init(1);
	shim_level_set(LT_LEVELS - 1, NULL);
	lt_level_used = lt_level_ready = LT_LEVELS - 1;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(heap_add(i), 1);
	assert_int_equal(level_n_used(LT_LEVELS - 1), 1000);
	assert_int_equal(lt_level_used, LT_LEVELS - 1);
	for (size_t i = 0; i < 1000; i++)
		check_remove(i, true);
	assert_int_equal(blocks_n_used(), 0);
}

/*
 * A release that was missed before the table grew, and the address again: both blocks are in
 * the table until user space finds the older one shadowed. The newer one is found first.
 */
static void test_missed_release_over_growth(void **state)
{
	struct lt_block old = block_of(1), new = block_of(2), found;

	(void)state;
	shim_init(2);
	assert_int_equal(blocks_add(1, 0x5000, &old), 1);
	lt_level_used = 1;
	assert_int_equal(blocks_add(1, 0x5000, &new), 1);
	assert_int_equal(level_n_used(0), 1);
	assert_int_equal(level_n_used(1), 1);
	assert_int_equal(blocks_remove(1, 0x5000, &found), 1);
	assert_true(block_equals(&found, &new));
	assert_int_equal(blocks_remove(1, 0x5000, &found), 1);
	assert_true(block_equals(&found, &old));
	assert_int_equal(blocks_remove(1, 0x5000, &found), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct fill fills[] = {
		{ 10, 0, false },
		{ 50, LEVEL0_SLOTS / 200, false },
		{ 80, LEVEL0_SLOTS / 20, false },
		{ 90, LEVEL0_SLOTS / 12, false },
		{ 100, LEVEL0_SLOTS / 8, false },
		{ 150, LT_MAX_OVERFLOW, false },
		{ 200, LT_MAX_OVERFLOW, true },
	};
	const struct CMUnitTest tests[] = {
		{ "test_fill_10", test_fill, setup, teardown, (void *)&fills[0] },
		{ "test_fill_50", test_fill, setup, teardown, (void *)&fills[1] },
		{ "test_fill_80", test_fill, setup, teardown, (void *)&fills[2] },
		{ "test_fill_90", test_fill, setup, teardown, (void *)&fills[3] },
		{ "test_fill_100", test_fill, setup, teardown, (void *)&fills[4] },
		{ "test_fill_150", test_fill, setup, teardown, (void *)&fills[5] },
		{ "test_fill_200", test_fill, setup, teardown, (void *)&fills[6] },
		TEST(test_overflow_limit),
		TEST(test_growth),
		TEST(test_growth_without_bell),
		TEST(test_last_level),
		TEST(test_missed_release_over_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
