// SPDX-License-Identifier: BSD-2-Clause
/* Samples of a process: as many as are wanted, however long it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/samples.h"

static struct process_sample at(uint64_t time_ns, uint64_t value)
{
	return (struct process_sample){ .time_ns = time_ns,
				.rss_bytes = value * 4096,
				.n_fds = value,
				.n_threads = 1 };
}

static void add(struct samples *samples, uint64_t time_ns, uint64_t value)
{
	struct process_sample sample = at(time_ns, value);

	assert_int_equal(samples_add(samples, &sample), 0);
}

static void test_few(void **state)
{
	struct samples samples = { 0 };

	(void)state;
	add(&samples, 100, 7);
	add(&samples, 200, 9);
	add(&samples, 300, 5);
	assert_int_equal(samples.list.n, 3);
	assert_int_equal(samples.list.items[1].n_fds, 9);
	assert_int_equal(samples.first.n_fds, 7);
	assert_int_equal(samples.last.n_fds, 5);
	assert_int_equal(samples.peak.n_fds, 9);
	assert_int_equal(samples.peak.rss_bytes, 9 * 4096);
	samples_done(&samples);
}

/* A day of samples, four a second: what is kept spans all of it, evenly, and no peak is lost. */
static void test_many(void **state)
{
	enum { N = 4 * 86400, SPACING = 250000000 };
	struct samples samples = { 0 };
	uint64_t widest = 0, narrowest = UINT64_MAX;

	(void)state;
	for (uint64_t i = 0; i < N; i++)
		add(&samples, 1 + i * SPACING, i == 12345 ? 1000 : i % 50);
	assert_in_range(samples.list.n, SAMPLES_MAX / 2, SAMPLES_MAX);
	assert_int_equal(samples.list.items[0].time_ns, 1);
	for (size_t i = 1; i < samples.list.n; i++) {
		uint64_t gap = samples.list.items[i].time_ns - samples.list.items[i - 1].time_ns;

		widest = gap > widest ? gap : widest;
		narrowest = gap < narrowest ? gap : narrowest;
	}
	assert_true(widest <= 2 * narrowest);
	narrowest = samples.list.items[samples.list.n - 1].time_ns;
	assert_true(samples.last.time_ns - narrowest <= widest);
	assert_int_equal(samples.peak.n_fds, 1000);
	assert_int_equal(samples.last.n_fds, (N - 1) % 50);
	samples_done(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
