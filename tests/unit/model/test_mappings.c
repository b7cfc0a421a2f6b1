// SPDX-License-Identifier: BSD-2-Clause
/* Mappings of an address space: splits and overlaps, checked against a table of single bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "model/mappings.h"

static void add(struct mappings *mappings, uint64_t start, uint64_t end, uint64_t offset,
		uint32_t module)
{
	struct mapping mapping = {
		.start = start, .end = end, .offset = offset, .module = module
	};

	assert_int_equal(mappings_add(mappings, &mapping), 0);
}

static void check_one(const struct mappings *mappings, size_t i, uint64_t start, uint64_t end,
		      uint64_t offset, uint32_t module)
{
	assert_true(i < mappings->list.n);
	assert_int_equal(mappings->list.items[i].start, start);
	assert_int_equal(mappings->list.items[i].end, end);
	assert_int_equal(mappings->list.items[i].offset, offset);
	assert_int_equal(mappings->list.items[i].module, module);
}

static void test_empty(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();

	(void)state;
	assert_null(mappings_find(m, 0));
	assert_null(mappings_find(m, UINT64_MAX));
}

static void test_find(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();

	(void)state;
	add(m, 0x5000, 0x6000, 0x100, 2);
	add(m, 0x1000, 0x2000, 0, 1);
	add(m, 0x2000, 0x3000, 0x1000, 1);
	assert_null(mappings_find(m, 0xfff));
	assert_int_equal(mappings_find(m, 0x1000)->start, 0x1000);
	assert_int_equal(mappings_find(m, 0x1fff)->start, 0x1000);
	assert_int_equal(mappings_find(m, 0x2000)->start, 0x2000);
	assert_null(mappings_find(m, 0x3000));
	assert_null(mappings_find(m, 0x4fff));
	assert_int_equal(mappings_find(m, 0x5fff)->module, 2);
	assert_null(mappings_find(m, 0x6000));
}

static void test_refused(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();
	struct mapping empty = { .start = 0x1000, .end = 0x1000 };
	struct mapping reversed = { .start = 0x2000, .end = 0x1000 };

	(void)state;
	assert_int_equal(mappings_add(m, &empty), -EINVAL);
	assert_int_equal(mappings_add(m, &reversed), -EINVAL);
	assert_int_equal(m->list.n, 0);
}

static void test_split(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();

	(void)state;
	add(m, 0x1000, 0x9000, 0x4000, 1);
	add(m, 0x3000, 0x4000, 0, 2);
	assert_int_equal(m->list.n, 3);
	check_one(m, 0, 0x1000, 0x3000, 0x4000, 1);
	check_one(m, 1, 0x3000, 0x4000, 0, 2);
	check_one(m, 2, 0x4000, 0x9000, 0x7000, 1);
}

static void test_overlap(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();

	(void)state;
	add(m, 0x1000, 0x3000, 0, 1);
	add(m, 0x3000, 0x5000, 0x100, 2);
	add(m, 0x5000, 0x7000, 0x200, 3);
	add(m, 0x2000, 0x6000, 0x300, 4);
	assert_int_equal(m->list.n, 3);
	check_one(m, 0, 0x1000, 0x2000, 0, 1);
	check_one(m, 1, 0x2000, 0x6000, 0x300, 4);
	check_one(m, 2, 0x6000, 0x7000, 0x1200, 3);
	/* Exactly over one, then over all of them. */
	add(m, 0x2000, 0x6000, 0x400, 5);
	assert_int_equal(m->list.n, 3);
	check_one(m, 1, 0x2000, 0x6000, 0x400, 5);
	add(m, 0, UINT64_MAX, 0, 6);
	assert_int_equal(m->list.n, 1);
	check_one(m, 0, 0, UINT64_MAX, 0, 6);
}

static void test_copy(void **state)
{
	_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();
	_cleanup_(mappings_unrefp) struct mappings *empty = mappings_copy(m);
	_cleanup_(mappings_unrefp) struct mappings *copy = NULL;

	(void)state;
	assert_int_equal(empty->list.n, 0);
	add(m, 0x1000, 0x2000, 0, 1);
	copy = mappings_copy(m);
	add(m, 0x3000, 0x4000, 0, 2);
	assert_int_equal(copy->list.n, 1);
	assert_int_equal(mappings_find(copy, 0x1800)->module, 1);
	assert_null(mappings_find(copy, 0x3000));
}

static void test_users(void **state)
{
	struct mappings *m = mappings_new();

	(void)state;
	assert_ptr_equal(mappings_ref(m), m);
	assert_int_equal(m->n_users, 2);
	mappings_unref(m);
	assert_int_equal(m->n_users, 1);
	mappings_unref(m);
	mappings_unref(NULL);
	assert_null(mappings_ref(NULL));
}

enum { SPACE = 64, N_ROUNDS = 300, N_ADDS = 40 };

/* The naive reference: for each address, who owns it and where in the file it is. */
struct cell {
	uint32_t module;
	uint64_t offset;
};

static void check_against(const struct mappings *m, const struct cell cells[SPACE])
{
	for (size_t i = 0; i < m->list.n; i++) {
		assert_true(m->list.items[i].start < m->list.items[i].end);
		if (i)
			assert_true(m->list.items[i - 1].end <= m->list.items[i].start);
	}
	for (uint64_t address = 0; address < SPACE; address++) {
		const struct mapping *found = mappings_find(m, address);

		assert_int_equal(found ? found->module : 0, cells[address].module);
		if (found)
			assert_int_equal(found->offset + address - found->start,
					 cells[address].offset);
	}
}

static void test_random(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		_cleanup_(mappings_unrefp) struct mappings *m = mappings_new();
		struct cell cells[SPACE] = { 0 };

		for (uint32_t n = 1; n <= N_ADDS; n++) {
			uint64_t start, end;

			seed = seed * 1664525 + 1013904223;
			start = (seed >> 8) % SPACE;
			end = start + 1 + (seed >> 16) % (SPACE - start);
			add(m, start, end, 1000 * n, n);
			for (uint64_t a = start; a < end; a++)
				cells[a] = (struct cell){ n, 1000 * n + a - start };
			check_against(m, cells);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	cmocka_unit_test(test_find),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_split),
		cmocka_unit_test(test_overlap), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_users),	cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("mappings", tests, NULL, NULL);
}
