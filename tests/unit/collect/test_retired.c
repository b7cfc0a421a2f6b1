// SPDX-License-Identifier: BSD-2-Clause
/* Processes of the past, added up by executable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "collect/retired.h"

struct fixture {
	struct result result;
	struct retired retired;
	bool *in_use;
};

static void fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){ 0 };
	result_init(&fixture->result);
	fixture->result.mode = MODE_SYSTEM;
	fixture->in_use = calloc(4 * RETIRED_MIN, sizeof(*fixture->in_use));
	assert_non_null(fixture->in_use);
}

static void fixture_done(struct fixture *fixture)
{
	retired_done(&fixture->retired);
	result_done(&fixture->result);
	free(fixture->in_use);
}

/* A process with this pid, which ended PID after the start and has PID allocations. */
static uint32_t place(struct fixture *fixture, uint32_t pid, const char *exe)
{
	struct process process = { .pid = pid,
				   .start_ns = pid,
				   .end_ns = 10 + pid,
				   .end = END_EXIT,
				   .allocator = "glibc",
				   .peak_rss_bytes = 4096 + pid };
	uint32_t at;

	process.totals.allocations = pid;
	process.losses.counts[LOSS_MEMORY] = 1;
	process.exe = exe ? strdup(exe) : NULL;
	assert_int_equal(retired_place(&fixture->retired, &fixture->result, &process, &at), 0);
	assert_int_equal(fixture->result.processes.items[at].pid, pid);
	return at;
}

static struct process *sum_of(const struct fixture *fixture, const char *exe)
{
	struct process *found = NULL;

	vec_foreach(process, &fixture->result.processes) {
		if (process->n_merged && process->exe && strcmp(process->exe, exe) == 0) {
			assert_null(found);
			found = process;
		}
	}
	assert_non_null(found);
	return found;
}

/* All processes that were ever placed are counted once, apart or in a sum. */
static void assert_all(const struct fixture *fixture, uint64_t n)
{
	uint64_t n_found = 0, n_allocations = 0;

	vec_foreach(process, &fixture->result.processes) {
		n_found += process->n_merged ?: 1;
		n_allocations += process->totals.allocations;
	}
	assert_int_equal(n_found, n);
	assert_int_equal(n_allocations, n * (n + 1) / 2);
}

static void test_sums(void **state)
{
	struct fixture fixture;
	struct process *sum;
	uint32_t pid = 0;

	(void)state;
	fixture_init(&fixture);
	for (pid = 1; pid <= RETIRED_MIN; pid++)
		assert_int_equal(place(&fixture, pid, pid % 2 ? "/bin/odd" : "/bin/even"), pid - 1);
	pid--;
	assert_true(retired_due(&fixture.retired, &fixture.result));
	fixture.in_use[0] = true; /* odd */
	fixture.result.processes.items[1].has_tests = true;
	fixture.result.processes.items[2].end = END_RUNNING;
	/* Each a sum of its own: */
	fixture.result.processes.items[3].silent = "nothing was seen";
	fixture.result.processes.items[5].hides = "its objects";
	assert_int_equal(retired_offer(&fixture.retired, &fixture.result, fixture.in_use), 0);
	assert_int_equal(fixture.retired.spare.n, RETIRED_MIN / 2 - 3);
	assert_false(retired_due(&fixture.retired, &fixture.result));

	/* Places 3 to 5 become sums, and the first one that is free is that of pid 7. */
	assert_int_equal(place(&fixture, ++pid, "/bin/new"), 6);
	sum = sum_of(&fixture, "/bin/odd");
	assert_ptr_equal(sum, &fixture.result.processes.items[4]);
	assert_int_equal(sum->n_merged, 2);
	assert_int_equal(sum->pid, 0);
	assert_int_equal(sum->totals.allocations, 5 + 7);
	assert_int_equal(sum->losses.counts[LOSS_MEMORY], 2);
	assert_int_equal(sum->start_ns, 5);
	assert_int_equal(sum->end_ns, 10 + 7);
	assert_int_equal(sum->peak_rss_bytes, 4096 + 7);
	assert_string_equal(sum->allocator, "glibc");
	assert_int_equal(fixture.result.processes.items[3].n_merged, 1);
	assert_string_equal(fixture.result.processes.items[3].silent, "nothing was seen");
	assert_int_equal(fixture.result.processes.items[5].n_merged, 1);
	assert_string_equal(fixture.result.processes.items[5].hides, "its objects");
	assert_all(&fixture, pid);

	while (fixture.retired.spare.n)
		place(&fixture, ++pid, "/bin/new");
	assert_int_equal(fixture.result.processes.n, RETIRED_MIN);
	assert_all(&fixture, pid);
	/* Nothing is spare: as before. */
	assert_int_equal(place(&fixture, ++pid, "/bin/new"), RETIRED_MIN);
	assert_all(&fixture, pid);
	fixture_done(&fixture);
}

/* A machine on which each program is started once: the names do not fill the memory either. */
static void test_many_executables(void **state)
{
	struct fixture fixture;
	uint32_t pid = 0;
	size_t n_sums = 0;

	(void)state;
	fixture_init(&fixture);
	for (int round = 0; round < 3; round++) {
		while (!retired_due(&fixture.retired, &fixture.result)) {
			char exe[32];

			snprintf(exe, sizeof(exe), "/tmp/%u", (unsigned)++pid);
			place(&fixture, pid, exe);
		}
		assert_int_equal(retired_offer(&fixture.retired, &fixture.result, fixture.in_use),
				 0);
	}
	place(&fixture, ++pid, NULL);
	vec_foreach(process, &fixture.result.processes)
		n_sums += process->n_merged != 0;
	assert_int_equal(n_sums, RETIRED_SUMS + 1);
	assert_true(fixture.result.processes.n <= 2 * RETIRED_MIN);
	assert_all(&fixture, pid);
	fixture_done(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_many_executables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
