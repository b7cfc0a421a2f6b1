// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of an address space: painting, cutting and moving against a naive table of pages, and the
 * calls of two threads that come in the wrong order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "model/areas.h"

static struct areas *areas;

static int setup(void **state)
{
	(void)state;
	areas = areas_new();
	return areas ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	areas_free(areas);
	return 0;
}

static void map(uint64_t start, uint64_t end, uint32_t stack, bool fixed)
{
	struct area area = { .start = start, .end = end, .stack = stack };

	assert_int_equal(areas_map(areas, &area, fixed), 0);
}

static void unmap(uint64_t start, uint64_t end)
{
	assert_int_equal(areas_unmap(areas, start, end), 0);
}

static void move(uint64_t from, uint64_t from_bytes, uint64_t to, uint64_t to_bytes)
{
	struct area_move m = {
		.from = from, .from_bytes = from_bytes, .to = to, .to_bytes = to_bytes
	};

	assert_int_equal(areas_move(areas, &m), 0);
}

/* The stack of the area at ADDRESS, 0 if there is none. */
static uint32_t at(uint64_t address)
{
	const struct area *area = areas_find(areas, address);

	return area ? area->stack : 0;
}

static void check_area(const struct area *area, uint64_t start, uint64_t end, uint32_t stack)
{
	assert_non_null(area);
	assert_int_equal(area->start, start);
	assert_int_equal(area->end, end);
	assert_int_equal(area->stack, stack);
}

struct seen {
	size_t n;
	uint64_t bytes[16];
	struct area mappings[16];
};

static int see(void *data, const struct area *mapping, uint64_t bytes)
{
	struct seen *seen = data;

	assert_true(seen->n < 16);
	seen->bytes[seen->n] = bytes;
	seen->mappings[seen->n++] = *mapping;
	return 0;
}

static struct seen each(void)
{
	struct seen seen = { 0 };

	assert_int_equal(areas_each(areas, see, &seen), 0);
	return seen;
}

static void test_empty(void **state)
{
	(void)state;
	assert_null(areas_find(areas, 0));
	assert_null(areas_next(areas, 0));
	assert_int_equal(areas_unmap(areas, 0x1000, 0x2000), 0);
	assert_int_equal(each().n, 0);
}

static void test_find_and_walk(void **state)
{
	(void)state;
	map(0x5000, 0x6000, 2, false);
	map(0x1000, 0x2000, 1, false);
	map(0x2000, 0x3000, 3, false);
	assert_int_equal(at(0xfff), 0);
	assert_int_equal(at(0x1000), 1);
	assert_int_equal(at(0x1fff), 1);
	assert_int_equal(at(0x2000), 3);
	assert_int_equal(at(0x3000), 0);
	assert_int_equal(at(0x5fff), 2);
	assert_int_equal(at(0x6000), 0);
	check_area(areas_next(areas, 0), 0x1000, 0x2000, 1);
	check_area(areas_next(areas, 0x1000), 0x1000, 0x2000, 1);
	check_area(areas_next(areas, 0x2000), 0x2000, 0x3000, 3);
	check_area(areas_next(areas, 0x3000), 0x5000, 0x6000, 2);
	assert_null(areas_next(areas, 0x6000));
}

static void test_refused(void **state)
{
	struct area reversed = { .start = 0x2000, .end = 0x1000 };
	struct area_move past = { .from = UINT64_MAX - 1, .from_bytes = 4, .to = 1, .to_bytes = 4 };

	(void)state;
	assert_int_equal(areas_map(areas, &reversed, false), -EINVAL);
	assert_int_equal(areas_unmap(areas, 0x2000, 0x2000), -EINVAL);
	assert_int_equal(areas_move(areas, &past), -EINVAL);
	assert_int_equal(areas->list.n, 0);
}

/* A hole in the middle leaves one mapping in two parts. */
static void test_partial_unmap(void **state)
{
	struct seen seen;

	(void)state;
	map(0x10000, 0x18000, 1, false);
	unmap(0x12000, 0x13000);
	assert_int_equal(at(0x11fff), 1);
	assert_int_equal(at(0x12000), 0);
	assert_int_equal(at(0x13000), 1);
	seen = each();
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.bytes[0], 0x7000);
	check_area(&seen.mappings[0], 0x10000, 0x18000, 1);
	unmap(0, 0x17000);
	seen = each();
	assert_int_equal(seen.bytes[0], 0x1000);
	unmap(0x17000, 0x18000);
	assert_int_equal(each().n, 0);
}

static void test_unmap_several(void **state)
{
	struct seen seen;

	(void)state;
	map(0x10000, 0x12000, 1, false);
	map(0x12000, 0x14000, 2, false);
	map(0x15000, 0x18000, 3, false);
	unmap(0x11000, 0x16000);
	seen = each();
	assert_int_equal(seen.n, 2);
	check_area(&seen.mappings[0], 0x10000, 0x11000, 1);
	check_area(&seen.mappings[1], 0x16000, 0x18000, 3);
}

static void test_fixed_replaces(void **state)
{
	(void)state;
	map(0x10000, 0x18000, 1, false);
	map(0x12000, 0x14000, 2, true);
	assert_int_equal(at(0x11000), 1);
	assert_int_equal(at(0x12000), 2);
	assert_int_equal(at(0x14000), 1);
	/* One unmapping ends what is there: nothing is owed. */
	unmap(0x10000, 0x18000);
	assert_int_equal(areas->list.n, 0);
	assert_int_equal(areas->owed.n, 0);
}

static void test_move(void **state)
{
	struct seen seen;

	(void)state;
	map(0x10000, 0x12000, 1, false);
	move(0x10000, 0x2000, 0x40000, 0x4000);
	assert_int_equal(at(0x10000), 0);
	seen = each();
	assert_int_equal(seen.n, 1);
	check_area(&seen.mappings[0], 0x40000, 0x44000, 1);
	/* In place: it grows, and shrinks. */
	move(0x40000, 0x4000, 0x40000, 0x8000);
	assert_int_equal(areas->list.n, 1);
	assert_int_equal(each().bytes[0], 0x8000);
	move(0x40000, 0x8000, 0x40000, 0x1000);
	assert_int_equal(each().bytes[0], 0x1000);
	/* Only a part of it goes, and it is still the same mapping. */
	move(0x40000, 0x1000, 0x40000, 0x3000);
	move(0x41000, 0x1000, 0x80000, 0x1000);
	assert_int_equal(areas->list.n, 3);
	seen = each();
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.bytes[0], 0x3000);
}

static void test_move_unknown(void **state)
{
	(void)state;
	move(0x10000, 0x1000, 0x20000, 0x1000);
	assert_int_equal(areas->list.n, 0);
}

static void test_move_fixed(void **state)
{
	struct area_move m = { .from = 0x10000,
			       .from_bytes = 0x1000,
			       .to = 0x20000,
			       .to_bytes = 0x1000,
			       .fixed = true };

	(void)state;
	map(0x10000, 0x11000, 1, false);
	map(0x20000, 0x21000, 2, false);
	assert_int_equal(areas_move(areas, &m), 0);
	assert_int_equal(at(0x20000), 1);
	assert_int_equal(areas->list.n, 1);
	assert_int_equal(areas->owed.n, 0);
}

/* One thread unmaps, another gets the place and is back first. */
static void test_late_unmap(void **state)
{
	(void)state;
	map(0x10000, 0x14000, 1, false);
	map(0x11000, 0x12000, 2, false);
	unmap(0x10000, 0x14000);
	assert_int_equal(areas->list.n, 1);
	assert_int_equal(at(0x11000), 2);
	assert_int_equal(areas->owed.n, 0);
	unmap(0x11000, 0x12000);
	assert_int_equal(areas->list.n, 0);
}

/* The same, and the late call covers only the middle of what is owed. */
static void test_late_partial_unmap(void **state)
{
	(void)state;
	map(0x10000, 0x14000, 1, false);
	map(0x10000, 0x14000, 2, false);
	unmap(0x11000, 0x12000);
	assert_int_equal(at(0x11000), 2);
	assert_int_equal(areas->owed.n, 2);
	unmap(0x12000, 0x14000);
	unmap(0x10000, 0x11000);
	assert_int_equal(areas->owed.n, 0);
	assert_int_equal(each().bytes[0], 0x4000);
	assert_int_equal(at(0x13fff), 2);
}

/* The late call has moved the mapping: it is the old one that moves. */
static void test_late_move(void **state)
{
	(void)state;
	map(0x10000, 0x12000, 1, false);
	map(0x10000, 0x11000, 2, false);
	move(0x10000, 0x2000, 0x40000, 0x2000);
	assert_int_equal(at(0x10000), 2);
	assert_int_equal(at(0x11000), 0);
	assert_int_equal(at(0x40000), 1);
	assert_int_equal(at(0x41000), 1);
	assert_int_equal(areas->list.n, 2);
}

static void test_detach(void **state)
{
	(void)state;
	map(0x10000, 0x14000, 1, false);
	map(0x20000, 0x24000, 2, false);
	unmap(0x11000, 0x12000);
	areas_detach(areas, 0x12000 + 0x1000);
	areas_detach(areas, 0x30000);
	assert_int_equal(areas->list.n, 3);
	areas_detach(areas, 0x10000);
	assert_int_equal(areas->list.n, 1);
	assert_int_equal(at(0x20000), 2);
}

static void test_copy(void **state)
{
	struct areas *parent = areas;

	(void)state;
	map(0x10000, 0x12000, 1, false);
	areas = areas_copy(parent);
	assert_non_null(areas);
	areas_free(parent);
	map(0x20000, 0x21000, 2, false);
	assert_int_equal(at(0x10000), 1);
	assert_true(areas_find(areas, 0x10000)->inherited);
	assert_false(areas_find(areas, 0x20000)->inherited);
	assert_int_not_equal(areas_find(areas, 0x10000)->id, areas_find(areas, 0x20000)->id);
}

enum { PAGES = 64, PAGE = 0x1000 };

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* mremap() on the naive table: what is moved is the page's stack number. */
static void naive_move(uint32_t pages[PAGES], uint32_t from, uint32_t n, uint32_t to)
{
	uint32_t moved[PAGES];

	for (uint32_t i = 0; i < n; i++) {
		moved[i] = pages[from + i];
		pages[from + i] = 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (moved[i])
			pages[to + i] = moved[i];
	}
}

static void test_random(void **state)
{
	uint32_t pages[PAGES] = { 0 }, seed = 4711;

	(void)state;
	for (uint32_t step = 1; step < 20000; step++) {
		uint32_t from = next_random(&seed) % PAGES;
		uint32_t n = 1 + next_random(&seed) % (PAGES - from);
		uint32_t what = next_random(&seed) % 4, to = next_random(&seed) % (PAGES - n + 1);

		if (what < 2) {
			map(from * PAGE, (from + n) * PAGE, step, true);
			for (uint32_t i = 0; i < n; i++)
				pages[from + i] = step;
		} else if (what == 2) {
			unmap(from * PAGE, (from + n) * PAGE);
			for (uint32_t i = 0; i < n; i++)
				pages[from + i] = 0;
		} else {
			struct area_move m = { .from = from * PAGE,
					       .from_bytes = n * PAGE,
					       .to = to * PAGE,
					       .to_bytes = n * PAGE,
					       .fixed = true };

			assert_int_equal(areas_move(areas, &m), 0);
			naive_move(pages, from, n, to);
		}
		for (uint32_t i = 0; i < PAGES; i++) {
			assert_int_equal(at(i * PAGE), pages[i]);
			assert_int_equal(at(i * PAGE + PAGE - 1), pages[i]);
		}
	}
	assert_int_equal(areas->owed.n, 0);
}

#define AREAS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static uint64_t group_at(uint64_t address)
{
	const struct area *area = areas_find(areas, address);

	assert_non_null(area);
	return area->group;
}

static void test_groups(void **state)
{
	struct area heap = { .start = 0x90000, .end = 0x91000, .group = AREA_HEAP_GROUP };
	struct area stack = { .start = 0x12000, .end = 0x13000, .owner = AREA_THREAD };
	uint64_t reserved;

	(void)state;
	map(0x10000, 0x20000, 1, false);
	map(0x20000, 0x30000, 2, false);
	reserved = group_at(0x10000);
	assert_int_not_equal(group_at(0x20000), reserved);
	/* Put to use part by part, it stays one. */
	map(0x14000, 0x18000, 3, true);
	map(0x16000, 0x17000, 4, true);
	assert_int_equal(group_at(0x14000), reserved);
	assert_int_equal(group_at(0x16000), reserved);
	/* Not so what only lies there by chance, or belongs to somebody else. */
	map(0x18000, 0x19000, 5, false);
	assert_int_not_equal(group_at(0x18000), reserved);
	assert_int_equal(areas_map(areas, &stack, true), 0);
	assert_int_not_equal(group_at(0x12000), reserved);
	assert_int_equal(areas_map(areas, &heap, false), 0);
	assert_true(group_at(0x90000) == AREA_HEAP_GROUP);
}

static void test_names(void **state)
{
	struct area file = {
		.start = 0x10000, .end = 0x14000, .backing = AREA_FILE, .owner = AREA_PROGRAM
	};
	struct area old = { .start = 0x20000, .end = 0x24000, .owner = AREA_BEFORE, .birth_ns = 9 };
	struct area late = { .start = 0x21000, .end = 0x22000, .birth_ns = 5 };

	(void)state;
	assert_int_equal(areas_map(areas, &file, false), 0);
	map(0x30000, 0x31000, 1, false);
	assert_true(areas_want_names(areas, AREA_PROGRAM));
	assert_false(areas_want_names(areas, AREA_BEFORE));
	/* Not what is anonymous, and each only once. */
	assert_false(areas_name(areas, 0x14000, 0x40000, 7));
	assert_true(areas_name(areas, 0x13000, 0x14000, 7));
	assert_false(areas_name(areas, 0x10000, 0x14000, 8));
	assert_int_equal(areas_find(areas, 0x10000)->name, 7);
	assert_false(areas_want_names(areas, AREA_PROGRAM));
	/* Listed by procfs before the call that made it was told of: nothing is owed. */
	assert_int_equal(areas_map(areas, &old, true), 0);
	assert_int_equal(areas_map(areas, &late, false), 0);
	assert_int_equal(areas->owed.n, 0);
	unmap(0x21000, 0x22000);
	assert_null(areas_find(areas, 0x21000));
	assert_non_null(areas_find(areas, 0x20000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		AREAS_TEST(test_empty),
		AREAS_TEST(test_find_and_walk),
		AREAS_TEST(test_refused),
		AREAS_TEST(test_partial_unmap),
		AREAS_TEST(test_unmap_several),
		AREAS_TEST(test_fixed_replaces),
		AREAS_TEST(test_move),
		AREAS_TEST(test_move_unknown),
		AREAS_TEST(test_move_fixed),
		AREAS_TEST(test_late_unmap),
		AREAS_TEST(test_late_partial_unmap),
		AREAS_TEST(test_late_move),
		AREAS_TEST(test_detach),
		AREAS_TEST(test_copy),
		AREAS_TEST(test_groups),
		AREAS_TEST(test_names),
		AREAS_TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
