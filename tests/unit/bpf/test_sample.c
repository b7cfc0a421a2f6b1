// SPDX-License-Identifier: BSD-2-Clause
/* Distances between samples: the fixed point arithmetic of bpf/sample.bpf.h, against libm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "bpf/bpf_shim.h"

static uint32_t random_state = 1;

static __u32 bpf_get_prandom_u32(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state;
}

__u64 sample_distance(__u32 random);
#include "../../../bpf/sample.bpf.h"

enum { EVERY = 5000, N_DRAWS = 1000000 };
const volatile __u64 lt_sample_bytes = EVERY;

static void log_check(__u32 random)
{
	double expected = -log2((random | 1) * 0x1p-32);
	double found = (double)sample_log2(random) / (1 << SAMPLE_FRACTION);

	/* The last bits of the squares are cut off. */
	if (fabs(found - expected) > 1e-6)
		fail_msg("%u: %.9f instead of %.9f", random, found, expected);
}

static void test_log(void **state)
{
	(void)state;
	log_check(0);
	log_check(1);
	log_check(2);
	log_check(UINT32_MAX);
	for (int bit = 0; bit < 32; bit++) {
		log_check(1u << bit);
		log_check((1u << bit) - 1);
	}
	for (int i = 0; i < 100000; i++)
		log_check(bpf_get_prandom_u32());
}

/* Blocks of SIZE bytes are taken with the chance that the estimates count on. */
static void chance_check(__u64 size)
{
	struct lt_task task = { .size = size };
	double p = -expm1(-((double)size + 1) / EVERY);
	double error = sqrt(N_DRAWS * p * (1 - p));
	double n = 0;

	for (int i = 0; i < N_DRAWS; i++)
		n += sample_wants(&task);
	if (fabs(n - N_DRAWS * p) > 5 * error)
		fail_msg("%llu bytes: %.0f of %.0f", (unsigned long long)size, n, N_DRAWS * p);
}

static void test_chance(void **state)
{
	(void)state;
	chance_check(0);
	chance_check(16);
	chance_check(500);
	chance_check(5000);
	chance_check(20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
