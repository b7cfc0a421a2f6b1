// SPDX-License-Identifier: BSD-2-Clause
/* The table of tests in the text report, byte by byte. */
#include "report/sample.h"

#define LEAK_BIT (1u << CLASS_OUTSTANDING)

static const struct report_options plain = { .error_exitcode = 23, .top = 2 };

static void test_table(void **state)
{
	static const uint64_t places[] = { AT_EVICT, AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	struct site *site;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "./cache");
	/* Started by the first test, and still there when that has ended. */
	sample_process(&sample, 1237, "./cache")->epoch = 1;
	for (int i = 0; i < 6; i++)
		sample_test(&sample, NULL, i == 2 ? "evicts" : i == 3 ? "cra\nshes" : "inserts");
	site = sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, places, 2), 3, 4096);
	sample_move_to_test(&sample, site, 3);
	tests_get(&sample.result.tests, 1)->retracted_bytes = 1024;
	tests_get(&sample.result.tests, 1)->retracted_blocks = 2;
	tests_get(&sample.result.tests, 2)->counted = false;
	tests_get(&sample.result.tests, 2)->rss_known = true;
	tests_get(&sample.result.tests, 2)->rss_delta_bytes = -4096;
	assert_int_equal(
		test_set_reason(tests_get(&sample.result.tests, 4), "killed by SIGSEGV"), 0);
	sample_finish(&sample, LEAK_BIT);
	text = sample_write(&sample, "text", &plain);
	assert_string_equal(
		text,
		"leaktrace: 6 tests, 2 processes, 20 allocations, 17 frees, 1.8 s; nothing was "
		"missed\n"
		"\n"
		"  TEST      OUTSTANDING     RETAINED  ALLOCATIONS   RSS +/-  PEAK RSS    TIME\n"
		"  inserts             -   1.0 KiB /2           10         -   2.0 MiB  500 ms\n"
		"  inserts             -            -            ?  -4.0 KiB   1.0 MiB  500 ms\n"
		"! evicts    12.0 KiB /3  12.0 KiB /3            -         -   1.0 MiB  500 ms\n"
		"? cra?shes  no verdict: killed by SIGSEGV\n"
		"  ... and 2 more tests that are clean: --top=0 shows all\n"
		"\n"
		"inserts left 1 process behind: cache (pid 1237)\n"
		"\n"
		"12.0 KiB in 3 blocks outstanding, in test evicts, cache (pid 1236), oldest 1.2 s, "
		"allocated at\n"
		"    test_evict  tests/unit/storage/test_cache.c:41\n"
		"    main        tests/unit/storage/test_cache.c:90\n"
		"\n"
		"note: outstanding is what was not released; lost and still reachable memory are "
		"not told apart\n"
		"leaktrace: 1 of 6 tests leaked, 1 without a verdict: 12.0 KiB in 3 blocks "
		"outstanding at the end (exit status 23)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
