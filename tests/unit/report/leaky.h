/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run of three tests, one of which leaks memory and one of which has no verdict, with names that
 * mean something to most formats; and memory that leaked outside of tests.
 */
#ifndef LT_TESTS_REPORT_LEAKY_H
#define LT_TESTS_REPORT_LEAKY_H

#include "report/sample.h"

#define HOSTILE_SUITE "Ca<che&\"'|#`*_@;:,%\xef\xbf\xbf"

static const struct report_options leaky_options = {
	.error_exitcode = 23,
	.top = 10,
	.fail_on = { { [KIND_MEMORY] = 1u << CLASS_OUTSTANDING } },
	.tree = "/src",
};

static inline void leaky_init(struct sample *sample)
{
	static const uint64_t insert[] = { AT_INSERT, AT_EVICT, AT_MAIN };
	static const uint64_t no_line[] = { AT_NO_LINE, AT_UNKNOWN };
	struct site *site;

	sample_init(sample, MODE_RUN);
	sample_process(sample, 1236, "./ca;che");
	sample_test(sample, "Clean", "keeps");
	sample_test(sample, HOSTILE_SUITE, "lea\nks # \\");
	sample_test(sample, NULL, "crashes");
	assert_int_equal(
		test_set_reason(tests_get(&sample->result.tests, 3), "killed by SIGSEGV"), 0);
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, insert, 3), 3, 4096);
	sample_move_to_test(sample, site, 2);
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, no_line, 2), 1, 10);
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, no_line, 1), 2, 7);
	sample_move_to_test(sample, site, 3);
	sample->result.command = sample_argv("ctest", "-j\t<2>");
	sample_finish(sample, 1u << CLASS_OUTSTANDING);
}

/* A command without tests that lost stacks, and leaked from more call sites than --top. */
static inline void leaky_init_no_tests(struct sample *sample)
{
	sample_init(sample, MODE_RUN);
	sample_process(sample, 1236, "./cache");
	for (uint64_t i = 0; i < 12; i++) {
		const uint64_t places[] = { AT_INSERT, 0x2000 + i, AT_MAIN };

		sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, places, 3), 1, 100 - i);
	}
	sample_threads(sample);
	sample->result.command = sample_argv("./cache", "--once");
	sample->result.processes.items[0].losses.counts[LOSS_STACKS_FULL] = 2;
	assert_int_equal(result_note(&sample->result, "a note <with> \x01 marks"), 0);
	sample_finish(sample, 1u << CLASS_OUTSTANDING);
}

#endif
