// SPDX-License-Identifier: BSD-2-Clause
/* Estimates from sampled blocks: right on average, for small blocks and for large ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "model/estimate.h"

enum { N_BLOCKS = 200000 };

/* Samples blocks of so many bytes with a fixed seed; the sums must be within 5 standard errors. */
static void sampled(uint64_t every, uint64_t bytes)
{
	double p = -expm1(-((double)bytes + 1) / (double)every);
	double error = sqrt(N_BLOCKS * (1 - p) / p) + 1;
	double n_blocks = 0, n_bytes = 0;

	srand48(7);
	for (uint64_t i = 0; i < N_BLOCKS; i++) {
		struct estimate estimate = estimate_of(every, 0x10000 + 16 * i, bytes);

		if (drand48() >= p)
			continue;
		n_blocks += (double)estimate.n_blocks;
		n_bytes += (double)estimate.bytes;
	}
	assert_true(fabs(n_blocks - N_BLOCKS) < 5 * error);
	assert_true(fabs(n_bytes - (double)N_BLOCKS * (double)bytes) <=
		    5 * error * (double)bytes);
}

static void test_average(void **state)
{
	(void)state;
	for (uint64_t every = 16; every <= 1 << 14; every *= 4) {
		for (uint64_t bytes = 0; bytes <= 100000; bytes = bytes * 7 + 1)
			sampled(every, bytes);
	}
}

static void test_certain(void **state)
{
	struct estimate all = estimate_of(0, 4096, 77);
	struct estimate large = estimate_of(512, 4096, 1000000);

	(void)state;
	assert_int_equal(all.n_blocks, 1);
	assert_int_equal(all.bytes, 77);
	assert_int_equal(large.n_blocks, 1);
	assert_int_equal(large.bytes, 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_average),
		cmocka_unit_test(test_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
