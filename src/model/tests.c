// SPDX-License-Identifier: BSD-2-Clause
/* The tests that ran: see tests.h. */
#include "model/tests.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

#define SEPARATOR " / " /* between the names of a test and of one around it */

void tests_init(struct tests *tests)
{
	*tests = (struct tests){ 0 };
}

static void test_done(struct test *test)
{
	free(test->name);
	free(test->suite);
	free(test->own_name);
	free(test->reason);
}

void tests_done(struct tests *tests)
{
	struct test_epoch *epoch, *next_epoch;
	struct test_name *name, *next_name;

	HASH_ITER(hh, tests->by_epoch, epoch, next_epoch) {
		HASH_DEL(tests->by_epoch, epoch);
		free(epoch);
	}
	HASH_ITER(hh, tests->by_name, name, next_name) {
		HASH_DEL(tests->by_name, name);
		free(name);
	}
	vec_foreach(test, &tests->items)
		test_done(test);
	vec_done(&tests->items);
}

uint32_t tests_number(const struct tests *tests, uint32_t epoch)
{
	struct test_epoch *found;

	HASH_FIND(hh, tests->by_epoch, &epoch, sizeof(epoch), found);
	return found ? found->test : 0;
}

struct test *tests_get(const struct tests *tests, uint32_t number)
{
	return number && number <= tests->items.n ? &tests->items.items[number - 1] : NULL;
}

/* Counts one more test with this name and tells how many there were. */
static int tests_occurrence(struct tests *tests, const char *name, uint32_t *ret_n)
{
	size_t bytes = strlen(name);
	struct test_name *found;

	HASH_FIND(hh, tests->by_name, name, bytes, found);
	if (!found) {
		found = calloc(1, sizeof(*found) + bytes);
		if (!found)
			return -ENOMEM;
		memcpy(found->name, name, bytes);
		HASH_ADD(hh, tests->by_name, name[0], bytes, found);
		if (!table_added(found)) {
			free(found);
			return -ENOMEM;
		}
	}
	*ret_n = found->n++;
	return 0;
}

static int tests_index(struct tests *tests, uint32_t epoch, uint32_t number)
{
	struct test_epoch *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	entry->epoch = epoch;
	entry->test = number;
	HASH_ADD(hh, tests->by_epoch, epoch, sizeof(entry->epoch), entry);
	if (table_added(entry))
		return 0;
	free(entry);
	return -ENOMEM;
}

/* Copies the names; NULL fields of TEST that should not be are -ENOMEM. */
static int test_set_names(struct test *test, const struct test_begin *begin,
			  const struct test *parent)
{
	const char *own_name = begin->name ? begin->name : begin->label;

	test->name = parent ? str_printf("%s" SEPARATOR "%s", parent->name, begin->label) :
			      strdup(begin->label);
	test->own_name = strdup(own_name);
	test->suite = begin->suite ? strdup(begin->suite) : NULL;
	return test->name && test->own_name && (test->suite || !begin->suite) ? 0 : -ENOMEM;
}

int tests_add(struct tests *tests, const struct test_begin *begin, uint32_t *ret_number)
{
	uint32_t parent = tests_number(tests, begin->parent_epoch);
	struct test test = {
		.runner = begin->runner,
		.parent = parent,
		.epoch = begin->epoch,
		.pid = begin->pid,
		.whole_process = begin->whole_process,
		.begin_ns = begin->begin_ns,
	};
	int r = vec_reserve(&tests->items, 1);

	if (r == 0)
		r = test_set_names(&test, begin, tests_get(tests, parent));
	if (r == 0)
		r = tests_occurrence(tests, test.name, &test.occurrence);
	if (r == 0)
		r = tests_index(tests, begin->epoch, (uint32_t)tests->items.n + 1);
	if (r < 0) {
		test_done(&test);
		return r;
	}
	tests->items.items[tests->items.n++] = test;
	*ret_number = (uint32_t)tests->items.n;
	return 0;
}

bool test_is_outlived(const struct test *test, uint64_t end_ns)
{
	return test && !test->whole_process && test->end_ns && test->end_ns < end_ns;
}

int tests_join(struct tests *tests, uint32_t epoch, uint32_t number)
{
	return number ? tests_index(tests, epoch, number) : 0;
}

const char *tests_label(const struct tests *tests, uint32_t number)
{
	const struct test *test = tests_get(tests, number);
	const struct test *parent = tests_get(tests, test->parent);

	return parent ? test->name + strlen(parent->name) + strlen(SEPARATOR) : test->name;
}

int tests_rename(struct tests *tests, uint32_t number, const char *label, const char *suite,
		 const char *name)
{
	struct test_begin begin = { .label = label, .suite = suite, .name = name };
	struct test *test = tests_get(tests, number), fresh = *test;
	int r = test_set_names(&fresh, &begin, tests_get(tests, test->parent));

	if (r == 0)
		r = tests_occurrence(tests, fresh.name, &fresh.occurrence);
	if (r < 0) {
		free(fresh.name);
		free(fresh.suite);
		free(fresh.own_name);
		return r;
	}
	free(test->name);
	free(test->suite);
	free(test->own_name);
	*test = fresh;
	return 0;
}

int test_set_reason(struct test *test, const char *format, ...)
{
	va_list args;
	int n;

	if (test->reason)
		return 0;
	va_start(args, format);
	n = vasprintf(&test->reason, format, args);
	va_end(args);
	if (n >= 0)
		return 0;
	test->reason = NULL;
	return -ENOMEM;
}

const char *test_verdict_name(enum test_verdict verdict)
{
	static const char *const names[] = {
		[TEST_CLEAN] = "clean",
		[TEST_LEAKS] = "leaks",
		[TEST_NONE] = "none",
	};

	return names[verdict];
}
