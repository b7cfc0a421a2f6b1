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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_uneven),
		cmocka_unit_test(test_younger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
