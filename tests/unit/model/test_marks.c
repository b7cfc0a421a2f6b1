// SPDX-License-Identifier: BSD-2-Clause
/* What grew from mark to mark, and what becomes of marks when there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "model/result.h"

/* Processes 0, which lives, and 1, which ended at 50; with pids 10 and 11. */
static void trace_init(struct result *result)
{
	struct process process = { .pid = 10, .start_ns = 1 };

	result_init(result);
	assert_int_equal(vec_push(&result->processes, process), 0);
	process = (struct process){ .pid = 11, .start_ns = 2, .end = END_EXIT, .end_ns = 50 };
	assert_int_equal(vec_push(&result->processes, process), 0);
}

static void forget_sites(struct result *result)
{
	sites_done(&result->sites);
	sites_init(&result->sites);
}

static void hold(struct result *result, struct site_key key, uint64_t n_blocks, uint64_t bytes)
{
	assert_int_equal(sites_add_amount(&result->sites, &key, n_blocks, bytes, 1), 0);
}

/* A mark of what is held, and nothing is held any more. */
static int mark(struct result *result, const char *name, uint64_t time_ns, bool is_automatic)
{
	const struct mark_point mark = { .time_ns = time_ns, .is_automatic = is_automatic };
	int r = marks_take(&result->marks, result, name, &mark, 0);

	forget_sites(result);
	return r;
}

/* The site of what grew from this stack; NULL: nothing did. */
static const struct site *grown(const struct result *result, uint8_t kind, uint32_t stack)
{
	const struct site_key key = { .stack = stack, .kind = kind, .class = CLASS_GROWTH };

	return sites_find(&result->sites, &key);
}

static void assert_growth(const struct site *site, const uint64_t *amounts, size_t n)
{
	assert_non_null(site);
	assert_int_equal(site->growth.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(site->growth.items[i], amounts[i]);
}

static void test_growth(void **state)
{
	static const uint64_t steady[] = { 10, 20, 30 }, once[] = { 0, 50, 50 };
	static const uint64_t fds[] = { 1, 1, 2 };
	struct result result;
	struct site_groups groups;

	(void)state;
	trace_init(&result);
	for (uint64_t i = 1; i <= 3; i++) {
		/* Of two classes and tests, together one call site. */
		hold(&result, (struct site_key){ .stack = 1, .class = CLASS_LOST }, i, 4 * i);
		hold(&result, (struct site_key){ .stack = 1, .test = 2 }, i, 6 * i);
		hold(&result, (struct site_key){ .stack = 2 }, 1, 7);
		hold(&result, (struct site_key){ .stack = 3 }, 1, 100 - i);
		if (i > 1)
			hold(&result, (struct site_key){ .stack = 4 }, 1, 50);
		/* What grows and is gone at the end, what has ended, what others count too. */
		if (i < 3)
			hold(&result, (struct site_key){ .stack = 5 }, 1, 50 * i);
		hold(&result, (struct site_key){ .stack = 6, .process = 1 }, i, i);
		hold(&result, (struct site_key){ .stack = 7, .class = CLASS_RETAINED }, i, i);
		hold(&result, (struct site_key){ .stack = 8, .kind = KIND_FD }, 1 + i / 3, 0);
		assert_int_equal(mark(&result, "m", 10 * i, false), 0);
	}
	assert_int_equal(marks_add_sites(&result), 0);
	assert_int_equal(result.sites.items.n, 3);
	assert_growth(grown(&result, KIND_MEMORY, 1), steady, 3);
	assert_int_equal(grown(&result, KIND_MEMORY, 1)->n_blocks, 6);
	assert_true(site_grew_always(grown(&result, KIND_MEMORY, 1)));
	assert_growth(grown(&result, KIND_MEMORY, 4), once, 3);
	assert_false(site_grew_always(grown(&result, KIND_MEMORY, 4)));
	assert_growth(grown(&result, KIND_FD, 8), fds, 3);
	/* What grew always comes first, though the other has grown by more. */
	assert_int_equal(sites_group(&result.sites, &groups), 0);
	assert_int_equal(groups.items.items[0]->stack, 1);
	assert_int_equal(groups.items.items[0]->growth, 20);
	assert_int_equal(groups.items.items[1]->growth, 50);
	site_groups_done(&groups);
	result_done(&result);
}

/* --fail-on=growth names only what grew from each of three marks to the next. */
static void test_leaks(void **state)
{
	const struct fail_on fail_on = { .classes = { [KIND_MEMORY] = 1u << CLASS_GROWTH } };
	struct result result;

	(void)state;
	trace_init(&result);
	for (uint64_t i = 1; i <= 2; i++) {
		hold(&result, (struct site_key){ .stack = 1 }, i, i);
		assert_int_equal(mark(&result, "m", 10 * i, false), 0);
	}
	assert_int_equal(marks_add_sites(&result), 0);
	result_judge(&result, &fail_on);
	assert_false(result.leaks);
	forget_sites(&result);
	hold(&result, (struct site_key){ .stack = 1 }, 3, 3);
	hold(&result, (struct site_key){ .stack = 2 }, 3, 3);
	assert_int_equal(mark(&result, "m", 30, false), 0);
	assert_int_equal(marks_add_sites(&result), 0);
	result_judge(&result, &fail_on);
	assert_true(grown(&result, KIND_MEMORY, 1)->is_leak);
	assert_false(grown(&result, KIND_MEMORY, 2)->is_leak);
	assert_true(result.leaks);
	result_done(&result);
}

/* One mark: what grew since, of processes that were there then, their end included. */
static void test_since(void **state)
{
	static const uint64_t more[] = { 5, 8 }, fresh[] = { 0, 1 };
	const struct site_key ended = { .stack = 3, .process = 1, .class = CLASS_GROWTH };
	struct process later = { .pid = 12, .start_ns = 40 };
	struct result result;

	(void)state;
	trace_init(&result);
	assert_int_equal(marks_add_sites(&result), 0);
	assert_int_equal(vec_push(&result.processes, later), 0);
	hold(&result, (struct site_key){ .stack = 1 }, 1, 5);
	hold(&result, (struct site_key){ .stack = 2 }, 1, 5);
	assert_int_equal(mark(&result, "only", 30, false), 0);
	hold(&result, (struct site_key){ .stack = 1, .class = CLASS_REACHABLE }, 2, 8);
	hold(&result, (struct site_key){ .stack = 2 }, 1, 4);
	hold(&result, (struct site_key){ .stack = 3, .process = 1 }, 1, 1);
	hold(&result, (struct site_key){ .stack = 4, .process = 2 }, 1, 1);
	assert_int_equal(marks_add_sites(&result), 0);
	assert_int_equal(result.sites.items.n, 4 + 2);
	assert_growth(grown(&result, KIND_MEMORY, 1), more, 2);
	assert_growth(sites_find(&result.sites, &ended), fresh, 2);
	result_done(&result);
}

/* Automatic marks make room for others, those with names stay. */
static void test_too_many(void **state)
{
	struct result result;
	const struct site *site;
	uint64_t last = 0;
	char name[16];

	(void)state;
	trace_init(&result);
	for (uint64_t i = 1; i <= 100; i++) {
		snprintf(name, sizeof(name), "%u", (unsigned)i);
		hold(&result, (struct site_key){ .stack = 1 }, 1, i / 10);
		assert_int_equal(mark(&result, name, i, i % 10 != 5), 0);
		assert_true(result.marks.items.n <= MARKS_MAX);
	}
	assert_int_equal(result.marks.n_thinned, 2);
	assert_int_equal(marks_add_sites(&result), 0);
	site = grown(&result, KIND_MEMORY, 1);
	assert_int_equal(site->growth.n, result.marks.items.n);
	/* At each mark that is left, the amount of its own moment; the ten with names are there. */
	for (size_t i = 0, n_named = 0; i < site->growth.n; i++) {
		const struct mark_point *point = &result.marks.items.items[i];

		assert_true(point->time_ns > last);
		last = point->time_ns;
		assert_int_equal(site->growth.items[i], last / 10);
		n_named += !point->is_automatic;
		assert_true(i + 1 < site->growth.n || n_named == 10);
	}
	assert_int_equal(last, 100);
	while (result.marks.items.n < MARKS_MAX)
		assert_int_equal(mark(&result, "named", ++last, false), 0);
	while (mark(&result, "named", ++last, false) == 0)
		assert_true(last < 1000);
	vec_foreach(point, &result.marks.items)
		assert_true(!point->is_automatic || result.marks.items.n == MARKS_MAX);
	assert_int_equal(mark(&result, "more", ++last, true), -ENOSPC);
	result_done(&result);
}

/* Who asks for a mark is no part of it. */
static void test_without(void **state)
{
	const struct mark_point point = { .time_ns = 5 };
	struct result result;

	(void)state;
	trace_init(&result);
	for (uint32_t i = 0; i < 2; i++) {
		hold(&result, (struct site_key){ .stack = 1 }, 1, 5 + i);
		assert_int_equal(marks_take(&result.marks, &result, "m", &point, i ? 10 : 0), 0);
		forget_sites(&result);
	}
	assert_int_equal(marks_add_sites(&result), 0);
	assert_int_equal(result.sites.items.n, 0);
	result_done(&result);
}

static void test_find(void **state)
{
	static const char *const names[] = { "start", "a,b", "again", "c", "again", "b" };
	uint32_t first = 0, last = 0;
	struct result result;

	(void)state;
	trace_init(&result);
	for (uint64_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(mark(&result, names[i], i + 1, false), 0);
	assert_int_equal(marks_find(&result.marks, "start,c", &first, &last), 0);
	assert_int_equal(first, 0);
	assert_int_equal(last, 3);
	assert_int_equal(marks_find(&result.marks, "again,again", &first, &last), 0);
	assert_int_equal(first, 2);
	assert_int_equal(last, 4);
	assert_int_equal(marks_find(&result.marks, "a,b,b", &first, &last), 0);
	assert_int_equal(first, 1);
	assert_int_equal(last, 5);
	/* The order is for the caller to see. */
	assert_int_equal(marks_find(&result.marks, "c,start", &first, &last), 0);
	assert_true(first > last);
	assert_int_equal(marks_find(&result.marks, "start", &first, &last), -ENOENT);
	assert_int_equal(marks_find(&result.marks, "star,c", &first, &last), -ENOENT);
	assert_int_equal(marks_find(&result.marks, "start,", &first, &last), -ENOENT);
	assert_int_equal(marks_find(&result.marks, "", &first, &last), -ENOENT);
	result_done(&result);
}

/* What one call site holds at each of six marks, and what it grew by between each two of them. */
static void test_cut(void **state)
{
	static const uint64_t held[] = { 0, 5, 5, 9, 0, 7 };
	enum { N = sizeof(held) / sizeof(held[0]) };

	(void)state;
	for (uint32_t first = 0; first < N; first++) {
		for (uint32_t last = first + 1; last < N; last++) {
			struct result result;

			trace_init(&result);
			for (uint64_t i = 0; i < N; i++) {
				if (held[i])
					hold(&result, (struct site_key){ .stack = 1 }, 1, held[i]);
				assert_int_equal(mark(&result, "m", i + 1, false), 0);
			}
			hold(&result, (struct site_key){ .stack = 2 }, 1, 3);
			assert_int_equal(marks_add_sites(&result), 0);
			assert_int_equal(marks_cut(&result, first, last), 0);
			assert_int_equal(result.marks.items.n, last - first + 1);
			assert_int_equal(result.marks.items.items[0].time_ns, first + 1);
			/* What is held otherwise is as it was. */
			assert_int_equal(result.sites.items.n, 1 + (held[last] > held[first]));
			if (held[last] > held[first])
				assert_growth(grown(&result, KIND_MEMORY, 1), &held[first],
					      last - first + 1);
			result_done(&result);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_leaks),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
