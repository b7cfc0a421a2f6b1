// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory that grows with each run of a test: see growth.h. What counts is how much of one stack
 * the runs so far hold at the end of each: what the first run sets up does not grow, nor does what
 * each run has still to release at its end.
 */
#include "model/growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/result.h"

/* What one run has made at a stack and held at its end, and until when. */
struct holding {
	uint32_t test; /* number of the first run in this process */
	uint32_t process;
	uint32_t stack;
	uint32_t epoch; /* of the run */
	uint64_t when;	/* as in struct release; UINT64_MAX: it was never released */
	uint64_t bytes;
	uint64_t n_blocks;
};

/* A test in one process: name and pid. */
struct repeated {
	uint32_t first;	       /* number of its first run */
	VEC(uint32_t) numbers; /* of all of them */
	UT_hash_handle hh;
	char key[];
};

struct growth {
	struct result *result;
	struct repeated *repeated;
	struct repeated **by_test; /* by number - 1; NULL: not repeated in this way */
	VEC(struct holding) holdings;
};

static void growth_done(struct growth *growth)
{
	struct repeated *one, *next;

	HASH_ITER(hh, growth->repeated, one, next) {
		HASH_DEL(growth->repeated, one);
		vec_done(&one->numbers);
		free(one);
	}
	free(growth->by_test);
	vec_done(&growth->holdings);
}

static struct repeated *repeated_get(struct growth *growth, const struct test *test)
{
	size_t n_name = strlen(test->name), bytes = n_name + sizeof(test->pid);
	struct repeated *one = calloc(1, sizeof(*one) + bytes), *found;

	if (!one)
		return NULL;
	memcpy(one->key, &test->pid, sizeof(test->pid));
	memcpy(one->key + sizeof(test->pid), test->name, n_name);
	HASH_FIND(hh, growth->repeated, one->key, bytes, found);
	if (found) {
		free(one);
		return found;
	}
	HASH_ADD(hh, growth->repeated, key[0], bytes, one);
	if (table_added(one))
		return one;
	free(one);
	return NULL;
}

/* Finds out which tests are runs of the same. A process of its own begins anew each time. */
static int growth_find_tests(struct growth *growth)
{
	const struct tests *tests = &growth->result->tests;

	growth->by_test = calloc(tests->items.n + 1, sizeof(*growth->by_test));
	if (!growth->by_test)
		return -ENOMEM;
	for (uint32_t i = 0; i < tests->items.n; i++) {
		const struct test *test = &tests->items.items[i];
		struct repeated *one;

		if (test->whole_process)
			continue;
		one = repeated_get(growth, test);
		if (!one || vec_push(&one->numbers, i + 1) < 0)
			return -ENOMEM;
		if (one->numbers.n == 1)
			one->first = i + 1;
		growth->by_test[i] = one;
	}
	return 0;
}

/* Notes what a run held, if there was more than one run. */
static int growth_hold(struct growth *growth, uint32_t number, struct holding holding)
{
	const struct test *test = tests_get(&growth->result->tests, number);
	const struct repeated *one = test ? growth->by_test[number - 1] : NULL;

	if (!one || one->numbers.n < 2)
		return 0;
	holding.test = one->first;
	holding.epoch = test->epoch;
	return vec_push(&growth->holdings, holding);
}

/* What is lost grows as well, but is reported as such. */
static int growth_find_holdings(struct growth *growth)
{
	int r = 0;

	vec_foreach(item, &growth->result->sites.items) {
		const struct site *site = *item;
		const struct holding holding = { .process = site->key.process,
						 .stack = site->key.stack,
						 .when = UINT64_MAX,
						 .bytes = site->bytes,
						 .n_blocks = site->n_blocks };

		if (r == 0 && site->key.kind == KIND_MEMORY &&
		    (site->key.class == CLASS_OUTSTANDING || site->key.class == CLASS_REACHABLE))
			r = growth_hold(growth, site->key.test, holding);
	}
	vec_foreach(release, &growth->result->releases.items) {
		const struct holding holding = { .process = release->process,
						 .stack = release->stack,
						 .when = release->when,
						 .bytes = release->bytes,
						 .n_blocks = release->n_blocks };

		if (r == 0)
			r = growth_hold(growth, release->test, holding);
	}
	return r;
}

static int compare_holdings(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;

	if (x->test != y->test)
		return x->test < y->test ? -1 : 1;
	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

/* How much of N holdings was there when the run with this epoch ended. */
static uint64_t held_at(const struct holding *holdings, size_t n, uint32_t epoch,
			uint64_t *ret_n_blocks)
{
	uint64_t bytes = 0;

	*ret_n_blocks = 0;
	for (size_t i = 0; i < n; i++) {
		if (holdings[i].epoch > epoch || holdings[i].when <= 2 * (uint64_t)epoch)
			continue;
		bytes += holdings[i].bytes;
		*ret_n_blocks += holdings[i].n_blocks;
	}
	return bytes;
}

/* N holdings of one stack of one test: a site if there is more after each run than before it. */
static int growth_judge(struct growth *growth, const struct holding *holdings, size_t n)
{
	struct result *result = growth->result;
	const struct repeated *one = growth->by_test[holdings->test - 1];
	struct site_key key = { .process = holdings->process,
				.stack = holdings->stack,
				.kind = KIND_MEMORY,
				.class = CLASS_GROWTH };
	const struct test *test = NULL;
	VEC(uint64_t) amounts = { 0 };
	uint64_t n_blocks = 0;
	struct site *site;
	bool grows = true;
	int r = 0;

	vec_foreach(number, &one->numbers) {
		uint64_t bytes;

		key.test = *number;
		test = tests_get(&result->tests, *number);
		bytes = held_at(holdings, n, test->epoch, &n_blocks);
		grows = grows && (!amounts.n || bytes > amounts.items[amounts.n - 1]);
		if (r == 0)
			r = vec_push(&amounts, bytes);
	}
	if (r == 0 && grows)
		r = sites_add_amount(&result->sites, &key, n_blocks, amounts.items[amounts.n - 1],
				     test->begin_ns);
	site = r == 0 && grows ? sites_find(&result->sites, &key) : NULL;
	for (size_t i = 0; site && r == 0 && i < amounts.n; i++)
		r = vec_push(&site->growth, amounts.items[i]);
	vec_done(&amounts);
	return r;
}

int growth_add_sites(struct result *result)
{
	_cleanup_(growth_done) struct growth growth = { .result = result };
	struct holding *items;
	int r = growth_find_tests(&growth);

	if (r == 0)
		r = growth_find_holdings(&growth);
	if (r < 0 || !growth.holdings.n)
		return r;
	items = growth.holdings.items;
	qsort(items, growth.holdings.n, sizeof(*items), compare_holdings);
	for (size_t i = 0, n; r == 0 && i < growth.holdings.n; i += n) {
		for (n = 1;
		     i + n < growth.holdings.n && compare_holdings(&items[i], &items[i + n]) == 0;)
			n++;
		r = growth_judge(&growth, &items[i], n);
	}
	return r;
}
