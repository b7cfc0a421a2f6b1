// SPDX-License-Identifier: BSD-2-Clause
/* The look at which a process held most, and the sites that are made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/result.h"

static void test_looks(void **state)
{
	struct process_peak peak = { 0 };

	(void)state;
	/* The first look counts, whatever it has seen. */
	assert_true(process_peak_look(&peak, 100, 150, 0, 0));
	assert_int_equal(peak.time_ns, 150);
	assert_true(process_peak_look(&peak, 150, 400, 1000, 3));
	assert_false(process_peak_look(&peak, 400, 500, 999, 7));
	/* As many again: the first time is told. */
	assert_false(process_peak_look(&peak, 500, 600, 1000, 4));
	assert_int_equal(peak.n_looks, 4);
	assert_int_equal(peak.time_ns, 400);
	assert_int_equal(peak.bytes, 1000);
	assert_int_equal(peak.n_blocks, 3);
	assert_int_equal(peak.gap_ns, 250);
}

static void test_gap(void **state)
{
	struct process_peak peak = { 0 };

	(void)state;
	process_peak_wait(&peak, 100, 300);
	process_peak_wait(&peak, 300, 310);
	/* Clocks of several processors may differ. */
	process_peak_wait(&peak, 310, 305);
	assert_int_equal(peak.gap_ns, 200);
	assert_int_equal(peak.n_looks, 0);
}

static void part_add(struct result *result, uint32_t process, uint32_t stack, uint64_t bytes)
{
	const struct peak_part part = { process, stack, bytes, 2 };

	assert_int_equal(vec_push(&result->peaks.items, part), 0);
}

static const struct site *peak_site(const struct result *result, uint32_t process, uint32_t stack)
{
	const struct site_key key = {
		.process = process, .stack = stack, .kind = KIND_MEMORY, .class = CLASS_PEAK
	};

	return sites_find(&result->sites, &key);
}

static void test_sites(void **state)
{
	const struct process processes[] = { { .pid = 1, .peak = { .time_ns = 70 } },
					     { .pid = 2, .peak = { .time_ns = 80 } } };
	struct result result;

	(void)state;
	result_init(&result);
	for (int i = 0; i < 2; i++)
		assert_int_equal(vec_push(&result.processes, processes[i]), 0);
	part_add(&result, 0, 5, 100);
	part_add(&result, 1, 5, 30);
	/* Two stacks of the kernel that are one here: those that were not received. */
	part_add(&result, 1, 0, 1);
	part_add(&result, 1, 0, 4);
	assert_int_equal(peaks_add_sites(&result), 0);
	assert_int_equal(result.sites.items.n, 3);
	assert_int_equal(peak_site(&result, 0, 5)->bytes, 100);
	assert_int_equal(peak_site(&result, 0, 5)->oldest_ns, 70);
	assert_int_equal(peak_site(&result, 1, 5)->oldest_ns, 80);
	assert_int_equal(peak_site(&result, 1, 0)->bytes, 5);
	assert_int_equal(peak_site(&result, 1, 0)->n_blocks, 4);
	/* Nobody counts these blocks as held. */
	assert_false(resource_class_is_held(CLASS_PEAK));
	result_done(&result);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_sites),
	};

	return cmocka_run_group_tests_name("model/peaks", tests, NULL, NULL);
}
