// SPDX-License-Identifier: BSD-2-Clause
/* Accounting of the flight recorder: whatever comes, the parts add up to what the process has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/flight.h"

static uint64_t sum(const struct flight_process *process)
{
	uint64_t bytes = process->before_bytes + process->other_bytes;

	vec_foreach(site, &process->sites)
		bytes += site->bytes;
	return bytes;
}

static struct flight_process *process_new(uint32_t history)
{
	struct flight_process *process = flight_process_new(7, history);

	assert_non_null(process);
	return process;
}

/* Of a process that began under our eyes all is known; of an older one, what it has gained. */
static void test_beginning(void **state)
{
	struct flight_process *young = process_new(1), *child = process_new(1);
	struct flight_process *old = process_new(1);

	(void)state;
	assert_int_equal(flight_process_sample(young, 1, 1000, 0), 0);
	assert_int_equal(young->before_bytes, 0);
	assert_int_equal(young->sites.items[0].bytes, 1000);
	assert_int_equal(flight_process_sample(child, 1, 1000, 600), 0);
	assert_int_equal(child->before_bytes, 600);
	assert_true(child->before_is_parents);
	assert_int_equal(child->sites.items[0].bytes, 400);
	/* It has given back some of what it had from its parent. */
	flight_process_restart(child, 2);
	assert_int_equal(flight_process_sample(child, 1, 500, 600), 0);
	assert_int_equal(sum(child), 500);
	assert_int_equal(flight_process_sample(old, 1, 1000, OOM_UNKNOWN), 0);
	assert_int_equal(old->before_bytes, 1000);
	assert_false(old->before_is_parents);
	assert_int_equal(flight_process_sample(old, 1, 1500, OOM_UNKNOWN), 0);
	assert_int_equal(old->sites.items[0].bytes, 500);
	flight_process_free(young);
	flight_process_free(child);
	flight_process_free(old);
}

/* What is given back is taken from all alike. */
static void test_shrink(void **state)
{
	struct flight_process *process = process_new(1);

	(void)state;
	assert_int_equal(flight_process_sample(process, 1, 3000, 0), 0);
	assert_int_equal(flight_process_sample(process, 2, 4000, 0), 0);
	assert_int_equal(flight_process_sample(process, 2, 2000, 0), 0);
	assert_int_equal(process->sites.items[0].bytes, 1500);
	assert_int_equal(process->sites.items[1].bytes, 500);
	assert_int_equal(flight_process_sample(process, 3, 0, 0), 0);
	assert_int_equal(sum(process), 0);
	assert_int_equal(flight_process_sample(process, 3, 10, 0), 0);
	assert_int_equal(sum(process), 10);
	flight_process_free(process);
}

/* Random sizes from more places than are kept: the sum is right but for rounding. */
static void test_sum(void **state)
{
	struct flight_process *process = process_new(1);
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t now, off;

		seed = seed * 1103515245 + 12345;
		now = (uint64_t)(seed >> 8) << 12;
		assert_int_equal(flight_process_sample(process, 1 + seed % 999, now, 0), 0);
		off = sum(process) > now ? sum(process) - now : now - sum(process);
		/* A byte for each place and each time that memory was given back. */
		assert_true(off <= (uint64_t)(FLIGHT_MAX_SITES + 2) * (uint64_t)(i + 1));
	}
	assert_int_equal(process->sites.n, FLIGHT_MAX_SITES);
	assert_true(process->other_bytes > 0);
	assert_int_equal(process->n_samples, 20000);
	flight_process_sort(process);
	for (size_t i = 1; i < process->sites.n; i++)
		assert_true(process->sites.items[i - 1].bytes >= process->sites.items[i].bytes);
	flight_process_free(process);
}

static void test_history(void **state)
{
	struct flight_process *process = process_new(3);

	(void)state;
	assert_null(flight_process_vitals(process, 0));
	for (uint64_t i = 1; i <= 5; i++) {
		struct flight_vitals vitals = { .time_ns = i };

		flight_process_note(process, &vitals);
		assert_int_equal(flight_process_vitals(process, 0)->time_ns, i < 3 ? 1 : i - 2);
	}
	assert_int_equal(flight_process_vitals(process, 2)->time_ns, 5);
	assert_null(flight_process_vitals(process, 3));
	flight_process_free(process);
}

static void test_refused(void **state)
{
	struct flight_process *process = process_new(1);

	(void)state;
	assert_int_equal(flight_process_refuse(process, 4, 100), 0);
	assert_int_equal(flight_process_refuse(process, 4, 50), 0);
	assert_int_equal(process->refused.n, 1);
	assert_int_equal(process->refused.items[0].n_samples, 2);
	assert_int_equal(process->refused.items[0].bytes, 100);
	for (uint32_t i = 0; i < 2 * FLIGHT_MAX_SITES; i++)
		assert_int_equal(flight_process_refuse(process, i, 1), 0);
	assert_int_equal(process->refused.n, FLIGHT_MAX_SITES);
	flight_process_free(process);
}

/* Stacks that are forgotten leave their bytes behind. */
static void test_forget(void **state)
{
	struct flight_process *process = process_new(1);

	(void)state;
	assert_int_equal(flight_process_sample(process, 1, 700, 0), 0);
	process->doing = 1;
	flight_process_forget(process);
	assert_int_equal(sum(process), 700);
	assert_int_equal(process->sites.n, 0);
	assert_int_equal(process->doing, 0);
	flight_process_free(process);
}

static void test_report_bytes(void **state)
{
	struct flight_process *process = process_new(1);
	struct flight_report report = { .process = process };

	(void)state;
	process->last_bytes = 5;
	report.victim.anon_bytes = report.victim.shmem_bytes = OOM_UNKNOWN;
	assert_int_equal(flight_report_bytes(&report), 5);
	report.victim.anon_bytes = 10;
	assert_int_equal(flight_report_bytes(&report), 10);
	report.victim.shmem_bytes = 3;
	assert_int_equal(flight_report_bytes(&report), 13);
	report.process = NULL;
	report.victim.anon_bytes = OOM_UNKNOWN;
	assert_true(flight_report_bytes(&report) == OOM_UNKNOWN);
	flight_process_free(process);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beginning), cmocka_unit_test(test_shrink),
		cmocka_unit_test(test_sum),	  cmocka_unit_test(test_history),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_forget),
		cmocka_unit_test(test_report_bytes),
	};

	return cmocka_run_group_tests_name("model/flight", tests, NULL, NULL);
}
