// SPDX-License-Identifier: BSD-2-Clause
/* Verdicts are found by address, however unevenly the blocks lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "model/verdicts.h"

enum { N_ITEMS = 3000, NOW_NS = 100 };

static struct block_verdict items[N_ITEMS];

static const struct block_verdict *find(size_t n, uint64_t address)
{
	const struct verdicts verdicts = { .time_ns = NOW_NS, .items = items, .n = n };

	return verdicts_find(&verdicts, address, NOW_NS);
}

/* All that are there are found, and nothing beside them. */
static void check_all(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(find(n, items[i].address), &items[i]);
		if (i + 1 == n || items[i].address + 1 != items[i + 1].address)
			assert_null(find(n, items[i].address + 1));
		if (items[i].address && (i == 0 || items[i].address - 1 != items[i - 1].address))
			assert_null(find(n, items[i].address - 1));
	}
}

static void test_even(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ITEMS; i++)
		items[i].address = 0x555500000000 + 64 * i;
	for (size_t n = 0; n < 20; n++)
		check_all(n);
	check_all(N_ITEMS);
}

/* A heap, arenas far above it, and the two ends of what an address can be. */
static void test_uneven(void **state)
{
	uint64_t address = 0;

	(void)state;
	srand48(11);
	for (size_t i = 0; i < N_ITEMS; i++) {
		items[i].address = address;
		address += 1 + (uint64_t)lrand48() % (i % 500 == 7 ? 1ul << 40 : 1ul << (i % 17));
	}
	check_all(N_ITEMS);
	items[N_ITEMS - 1].address = UINT64_MAX;
	assert_ptr_equal(find(N_ITEMS, UINT64_MAX), &items[N_ITEMS - 1]);
	assert_null(find(N_ITEMS, UINT64_MAX - 1));
	assert_ptr_equal(find(N_ITEMS, 0), &items[0]);
}

static void test_younger(void **state)
{
	const struct verdicts verdicts = { .time_ns = NOW_NS, .items = items, .n = 1 };

	(void)state;
	items[0].address = 0x1000;
	assert_non_null(verdicts_find(&verdicts, 0x1000, NOW_NS));
	assert_null(verdicts_find(&verdicts, 0x1000, NOW_NS + 1));
	assert_null(verdicts_find(NULL, 0x1000, NOW_NS));
}

/* A number that fits is believed only of the block it was given for. */
static void test_get(void **state)
{
	const struct verdicts verdicts = { .time_ns = NOW_NS, .items = items, .n = 3 };

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		items[i] = (struct block_verdict){ .address = 0x1000 + 0x100 * i };
	for (uint32_t number = 0; number < 5; number++) {
		assert_ptr_equal(verdicts_get(&verdicts, number, 0x1100, NOW_NS), &items[1]);
		assert_null(verdicts_get(&verdicts, number, 0x1180, NOW_NS));
		assert_null(verdicts_get(&verdicts, number, 0x1100, NOW_NS + 1));
		assert_null(verdicts_get(NULL, number, 0x1100, NOW_NS));
	}
}

static void test_root(void **state)
{
	struct root_place roots[] = {
		{ .kind = ROOT_GLOBAL, .address = 0x5000, .offset = 0x300, .module = 4 },
		{ .kind = ROOT_STACK, .address = 0x7000, .tid = 12 },
	};
	struct root_hit hits[] = { { 0, 0x5010 }, { 1, 0x7088 }, { 2, 0x9000 } };
	const struct verdicts verdicts = {
		.hits = hits, .n_hits = 3, .roots = roots, .n_roots = 2
	};
	struct root_place place = verdicts_root(&verdicts, 0);

	(void)state;
	assert_int_equal(place.kind, ROOT_GLOBAL);
	assert_int_equal(place.address, 0x5010);
	assert_int_equal(place.offset, 0x310);
	assert_int_equal(place.module, 4);
	place = verdicts_root(&verdicts, 1);
	assert_int_equal(place.kind, ROOT_STACK);
	assert_int_equal(place.address, 0x7088);
	assert_int_equal(place.tid, 12);
	assert_int_equal(verdicts_root(&verdicts, 2).kind, ROOT_NONE);
	assert_int_equal(verdicts_root(&verdicts, 3).kind, ROOT_NONE);
	assert_int_equal(verdicts_root(&verdicts, VERDICT_NO_HIT).kind, ROOT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),	cmocka_unit_test(test_root),
		cmocka_unit_test(test_even),	cmocka_unit_test(test_uneven),
		cmocka_unit_test(test_younger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
