// SPDX-License-Identifier: BSD-2-Clause
/* The blocks of an image out of the table: sorted, the newer one where two overlap, and noted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/image_blocks.h"
#include "collect/table_fixture.h"

enum { SPACE = 3 };

static void blocks_get(struct image *image, struct collector_image *ret)
{
	*ret = (struct collector_image){ 0 };
	assert_int_equal(image_blocks(t.table, t.wanted, image, ret), 0);
	assert_int_equal(image->judged.n, ret->blocks.n);
	assert_false(t.wanted[SPACE]);
}

/* Addresses that differ in their low bits, and in some that are far from these. */
static uint64_t address_of(uint64_t i)
{
	return (i % 3 ? 0x550000001000 : 0x7f1200340000) + (i * 7919 % 100000) * 48;
}

static void test_sorted(void **state)
{
	enum { N = 20000 };
	struct image image = { .space = SPACE };
	struct collector_image seen;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	blocks_get(&image, &seen);
	assert_int_equal(seen.blocks.n, 0);
	for (uint64_t i = 0; i < N; i++) {
		add(SPACE, address_of(i), 1 + i % 48);
		add(SPACE + 1, address_of(i) + 8, 8);
	}
	add_overflow(SPACE, 0x7fffffff0001, 5);
	blocks_get(&image, &seen);
	assert_int_equal(seen.blocks.n, N + 1);
	for (size_t i = 1; i < seen.blocks.n; i++)
		assert_true(seen.blocks.items[i - 1].start < seen.blocks.items[i].start);
	assert_int_equal(seen.blocks.items[N].start, 0x7fffffff0001);
	assert_int_equal(seen.blocks.items[N].bytes, 5);
	/* Each place has the number of its block then. */
	image_blocks_judged(t.table, &image);
	t.wanted[SPACE] = true;
	scan(false);
	assert_int_equal(t.seen.n, N + 1);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(t.seen.items[i].address, seen.blocks.items[i].start);
		assert_int_equal(t.seen.items[i].bytes, seen.blocks.items[i].bytes);
		assert_int_equal(t.seen.items[i].note, i + 1);
	}
	vec_done(&seen.blocks);
}

/* Of two blocks at one address the one in the newer level counts, and has the note. */
static void test_overlaps(void **state)
{
	struct image image = { .space = SPACE };
	struct collector_image seen;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	add_overflow(SPACE, 0x1000, 1);
	add(SPACE, 0x1000, 2);
	add(SPACE, 0x2000, 64);
	levels_make(1);
	lt_level_used = 1;
	add(SPACE, 0x1000, 3);
	add(SPACE, 0x2030, 8);
	blocks_get(&image, &seen);
	assert_int_equal(seen.blocks.n, 2);
	assert_int_equal(seen.blocks.items[0].start, 0x1000);
	assert_int_equal(seen.blocks.items[0].bytes, 3);
	assert_int_equal(seen.blocks.items[1].start, 0x2030);
	image_blocks_judged(t.table, &image);
	t.wanted[SPACE] = true;
	scan(false);
	for (size_t i = 0; i < t.seen.n; i++)
		assert_int_equal(t.seen.items[i].note, t.seen.items[i].bytes == 3 ? 1 :
						       t.seen.items[i].bytes == 8 ? 2 :
										    0);
	vec_done(&seen.blocks);
}

/* A block in SPACE that differs from what add() makes in its stack or birth alone. */
static void add_other(uint64_t address, uint64_t bytes, uint32_t stack, uint32_t birth)
{
	struct lt_block block = block_make(bytes, stack, birth);

	assert_int_equal(blocks_add(SPACE, address, &block), 1);
}

/* What was reachable is known again, and no later block at its address is taken for it. */
static void test_kept(void **state)
{
	enum { N = 8 };
	struct block_verdict items[N];
	const struct verdicts verdicts = { .items = items, .n = N };
	struct image image = { .space = SPACE };
	struct collector_image seen;
	struct lt_block block;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (uint64_t i = 0; i < N; i++) {
		items[i] = (struct block_verdict){ .address = 0x1000 * (i + 1),
						   .class = i ? CLASS_REACHABLE : CLASS_LOST };
		add(SPACE, items[i].address, 64);
		add(SPACE + 1, items[i].address, 64);
	}
	t.wanted[SPACE + 1] = true;
	image_blocks_keep(t.table, t.wanted, &image, &verdicts);
	t.wanted[SPACE + 1] = false;
	assert_false(image.not_kept);
	assert_int_equal(image.kept.n, N - 1);
	for (uint64_t i = 1; i < 5; i++)
		assert_int_equal(blocks_remove(SPACE, items[i].address, &block), 1);
	add_other(items[2].address, 65, stack_of(64), SPACE + 7);
	add_other(items[3].address, 64, stack_of(64) + 1, SPACE + 7);
	add_other(items[4].address, 64, stack_of(64), SPACE + 8);
	add(SPACE, 0x100000, 64);
	blocks_get(&image, &seen);
	assert_int_equal(seen.blocks.n, N);
	assert_int_equal(seen.kept.n, 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_true(seen.kept.items[i] >= items[5].address &&
			    seen.kept.items[i] <= items[7].address);
	collector_image_done(&seen);
	/* The next call replaces it, one that knows nothing too. */
	image_blocks_keep(t.table, t.wanted, &image, NULL);
	assert_true(image.not_kept);
	assert_int_equal(image.kept.n, 0);
	vec_done(&image.judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE_TEST(test_sorted),
		TABLE_TEST(test_overlaps),
		TABLE_TEST(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
