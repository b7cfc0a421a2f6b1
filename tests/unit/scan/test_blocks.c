// SPDX-License-Identifier: BSD-2-Clause
/* Looking up addresses: against a naive search, and at the edges of blocks, pages and regions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "scan/blocks.h"

static uint32_t naive_find(const struct live_block *items, uint32_t n, uint64_t address)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t bytes = items[i].bytes ? items[i].bytes : 1;

		if (address >= items[i].start && address < items[i].start + bytes)
			return i;
	}
	return BLOCK_NONE;
}

/* All addresses around the edges of all blocks. */
static void check_edges(const struct live_block *items, uint32_t n)
{
	_cleanup_(scan_blocks_done) struct scan_blocks blocks;

	assert_int_equal(scan_blocks_open(&blocks, items, n), 0);
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t edges[] = { items[i].start, items[i].start + items[i].bytes,
					   items[i].start & ~0xfffull,
					   (items[i].start + items[i].bytes) & ~0xfffull,
					   items[i].start + items[i].bytes / 2 };

		for (size_t e = 0; e < sizeof(edges) / sizeof(edges[0]); e++) {
			for (int64_t step = -2; step <= 2; step++) {
				uint64_t address = edges[e] + (uint64_t)step;

				assert_int_equal(scan_blocks_find(&blocks, address),
						 naive_find(items, n, address));
			}
		}
	}
}

static void test_edges(void **state)
{
	const uint64_t region = 1ull << BLOCKS_REGION_SHIFT;
	const struct live_block items[] = {
		{ 0x1000, 0 },
		{ 0x1001, 1 },
		{ 0x1ff8, 8 },
		{ 0x2000, 0x3000 },
		{ 0x5ff0, 0x20 },
		{ region - 16, 32 },
		{ region + 0x1000, region },
		{ (1ull << BLOCKS_ADDRESS_BITS) - 64, 64 },
	};

	(void)state;
	check_edges(items, sizeof(items) / sizeof(items[0]));
}

static void test_random(void **state)
{
	enum { N = 300 };
	struct live_block items[N];

	(void)state;
	srand(1);
	for (int round = 0; round < 30; round++) {
		uint64_t at = 0x7f0000000000 + (uint64_t)rand() * 8;
		uint32_t n = 1 + (uint32_t)rand() % N;

		for (uint32_t i = 0; i < n; i++) {
			uint64_t bytes = (uint64_t)rand() % (rand() % 20 ? 200 : 40000);

			items[i] = (struct live_block){ at, bytes };
			at += (bytes ? bytes : 1) + (uint64_t)rand() % (rand() % 9 ? 3 : 9000);
		}
		check_edges(items, n);
	}
}

/* Far more blocks begin on one page than any allocator can put there. */
static void test_crowded_page(void **state)
{
	struct live_block items[2048];

	(void)state;
	for (uint32_t i = 0; i < 2048; i++)
		items[i] = (struct live_block){ 0x10000 + i * 16, 16 };
	check_edges(items, 2048);
}

static void test_refused(void **state)
{
	const struct live_block overlap[] = { { 0x1000, 17 }, { 0x1010, 16 } };
	const struct live_block twice[] = { { 0x1000, 0 }, { 0x1000, 16 } };
	const struct live_block unsorted[] = { { 0x2000, 16 }, { 0x1000, 16 } };
	const struct live_block beyond[] = { { (1ull << BLOCKS_ADDRESS_BITS) - 8, 16 } };
	const struct live_block wraps[] = { { 0x1000, UINT64_MAX } };
	const struct live_block *const all[] = { overlap, twice, unsorted, beyond, wraps };
	const size_t n[] = { 2, 2, 2, 1, 1 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct scan_blocks blocks;

		assert_int_equal(scan_blocks_open(&blocks, all[i], n[i]), -EINVAL);
		scan_blocks_done(&blocks);
	}
}

static void test_none(void **state)
{
	struct scan_blocks blocks;

	(void)state;
	assert_int_equal(scan_blocks_open(&blocks, NULL, 0), 0);
	assert_int_equal(scan_blocks_find(&blocks, 0), BLOCK_NONE);
	assert_int_equal(scan_blocks_find(&blocks, 0x1000), BLOCK_NONE);
	assert_int_equal(scan_blocks_find(&blocks, UINT64_MAX), BLOCK_NONE);
	scan_blocks_done(&blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),	     cmocka_unit_test(test_random),
		cmocka_unit_test(test_crowded_page), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
