// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tests that run in threads, of whose names the system has only the beginning: their process tells
 * the whole names afterwards, in the order in which the tests have ended.
 */
#include <errno.h>
#include <string.h>

#include "testrun/state.h"

enum { MAX_COMM = 15 }; /* bytes of a thread's name */

static void later_free(struct later *later)
{
	vec_foreach(names, &later->told)
		test_names_done(names);
	vec_done(&later->told);
	vec_done(&later->threads);
}

void later_done(struct testrun *testrun)
{
	vec_foreach(later, &testrun->later)
		later_free(later);
	vec_done(&testrun->later);
}

static struct later *later_find(struct testrun *testrun, uint32_t process)
{
	vec_foreach(later, &testrun->later) {
		if (later->process == process)
			return later;
	}
	return NULL;
}

/* NULL: out of memory. */
static struct later *later_get(struct testrun *testrun, uint32_t process)
{
	struct later *later = later_find(testrun, process), fresh = { .process = process };

	if (later)
		return later;
	if (vec_push(&testrun->later, fresh) < 0)
		return NULL;
	return &testrun->later.items[testrun->later.n - 1];
}

int later_begins(struct testrun *testrun, uint32_t process, uint32_t thread, uint32_t test)
{
	struct later *later = later_get(testrun, process);
	struct test_thread fresh = { .thread = thread, .test = test };

	return later ? vec_push(&later->threads, fresh) : -ENOMEM;
}

int later_told(struct testrun *testrun, uint32_t process, struct test_names *names)
{
	struct later *later = later_get(testrun, process);
	int r;

	if (!later)
		return -ENOMEM;
	if (!names) {
		if (later->told.n)
			test_names_done(&later->told.items[--later->told.n]);
		return 0;
	}
	r = vec_push(&later->told, *names);
	if (r == 0)
		*names = (struct test_names){ 0 };
	return r;
}

static int compare_threads(const void *a, const void *b)
{
	const struct test_thread *left = a, *right = b;

	return (left->thread > right->thread) - (left->thread < right->thread);
}

static int compare_told(const void *a, const void *b)
{
	const struct test_names *left = a, *right = b;

	return strcmp(left->label, right->label);
}

bool later_is_beginning(const char *cut, const char *name)
{
	size_t n = strlen(cut);

	return strncmp(cut, name, n) == 0 && (!name[n] || n == MAX_COMM);
}

/*
 * The threads were made in the order of the tests' names, so that the N-th of each belong
 * together, unless the tests were shuffled or not all of them were told: then names stay cut.
 */
static int later_match(struct tests *tests, struct later *later)
{
	struct test_thread *threads = later->threads.items;
	struct test_names *told = later->told.items;
	size_t n = later->threads.n;
	int r = 0;

	if (n != later->told.n)
		return 0;
	qsort(threads, n, sizeof(*threads), compare_threads);
	qsort(told, n, sizeof(*told), compare_told);
	for (size_t i = 0; i < n; i++) {
		if (!later_is_beginning(tests_label(tests, threads[i].test), told[i].label))
			return 0;
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = tests_rename(tests, threads[i].test, told[i].label, told[i].suite,
				 told[i].name);
	return r;
}

int later_process_ended(struct testrun *testrun, uint32_t process)
{
	struct later *later = later_find(testrun, process);
	int r;

	if (!later)
		return 0;
	r = later->threads.n ? later_match(&testrun->result->tests, later) : 0;
	later_free(later);
	*later = testrun->later.items[--testrun->later.n];
	return r;
}
