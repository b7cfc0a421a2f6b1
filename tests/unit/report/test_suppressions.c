// SPDX-License-Identifier: BSD-2-Clause
/* What suppressions do to a result, and how the reports tell of it. */
#include "report/sample.h"

static void suppress(struct sample *sample, const char *text)
{
	struct suppressions *suppressions = &sample->result.suppressions;

	suppressions_done(suppressions);
	assert_int_equal(suppressions_parse(suppressions, "a.supp", text, strlen(text), NULL), 0);
	assert_int_equal(suppressions_apply(&sample->result), 0);
	sample_finish(sample, 1u << CLASS_OUTSTANDING | 1u << CLASS_LOST | 1u << CLASS_INDIRECT);
}

static void assert_suppressed(struct sample *sample, const char *text, uint64_t n_sites)
{
	suppress(sample, text);
	assert_int_equal(sample->result.suppressions.list.items[0].n_sites, n_sites);
	assert_int_equal(sample->result.leaks, n_sites < sample->result.sites.items.n);
	/* Counted anew each time. */
	sample_finish(sample, 1u << CLASS_OUTSTANDING | 1u << CLASS_LOST | 1u << CLASS_INDIRECT);
	assert_int_equal(sample->result.suppressions.list.items[0].n_sites, n_sites);
}

static void test_what_matches(void **state)
{
	static const uint64_t insert[] = { AT_INSERT, AT_MAIN }, unknown[] = { AT_UNKNOWN };
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	sample_process(&sample, 2, "b");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, insert, 2), 3, 4096);
	sample_site(&sample, 1, sample_stack(&sample, STACK_COMPLETE, insert, 2), 1, 1);
	sample_site(&sample, 1, sample_stack(&sample, STACK_COMPLETE, unknown, 1), 1, 1);
	assert_suppressed(&sample, "leak:^cache_insert$", 2); /* inlined */
	assert_suppressed(&sample, "leak:^main$", 2);	      /* not the innermost */
	assert_suppressed(&sample, "leak:test_cache.c$", 2);
	assert_suppressed(&sample, "leak:^/src/build/*", 3);
	assert_suppressed(&sample, "leak:test_evict", 0);
	assert_suppressed(&sample, "fd:main", 0);
	suppress(&sample, "leak:cache_fill\nleak:main");
	assert_int_equal(sample.result.suppressions.list.items[0].bytes, 12289);
	assert_int_equal(sample.result.suppressions.list.items[0].n_blocks, 4);
	assert_int_equal(sample.result.suppressions.list.items[1].n_sites, 0);
}

/* What hangs on suppressed blocks alone is suppressed with them. */
static void test_indirect(void **state)
{
	static const uint64_t insert[] = { AT_INSERT }, evict[] = { AT_EVICT };
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct object object = { .address = 8, .bytes = 8 };
	struct site_key lost = { .class = CLASS_LOST }, indirect = { .class = CLASS_INDIRECT };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	lost.stack = sample_stack(&sample, STACK_COMPLETE, insert, 1);
	indirect.stack = sample_stack(&sample, STACK_COMPLETE, evict, 1);
	assert_int_equal(sites_add(&sample.result.sites, &lost, &object, 1), 0);
	assert_int_equal(sites_add(&sample.result.sites, &indirect, &object, 1), 0);
	assert_suppressed(&sample, "leak:cache_insert", 2);
	lost.stack = indirect.stack;
	assert_int_equal(sites_add(&sample.result.sites, &lost, &object, 1), 0);
	assert_suppressed(&sample, "leak:cache_insert", 1);
}

static void test_reports(void **state)
{
	static const uint64_t insert[] = { AT_INSERT }, evict[] = { AT_EVICT };
	static const struct report_options options = { .error_exitcode = 23, .top = 2 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL, *json = NULL, *tap = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, insert, 1), 3, 4096);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, evict, 1), 1, 10);
	suppress(&sample, "leak:cache_insert\nfd:b\nfd:c\nfd:d\nfd:e\nfd:f\nfd:g\nfd:h\n");
	text = sample_write(&sample, "text", &options);
	assert_non_null(strstr(text, "\n10 B in 1 block outstanding, a (pid 1)"));
	assert_null(strstr(text, "\n12.0 KiB in 3 blocks outstanding"));
	assert_non_null(strstr(text,
			       "\n12.0 KiB in 3 blocks suppressed by leak:cache_insert "
			       "(a.supp:1)\nnote: no leak matched fd:b (a.supp:2), fd:c "
			       "(a.supp:3), fd:d (a.supp:4), fd:e (a.supp:5), fd:f (a.supp:6), "
			       "and 2 more suppressions\n"));
	tap = sample_write(&sample, "tap", &options);
	assert_non_null(strstr(tap, "\n# 12.0 KiB in 3 blocks suppressed by leak:cache_insert "
				    "(a.supp:1)\n# note: no leak matched fd:b (a.supp:2), "));
	json = sample_write(&sample, "json", &options);
	assert_non_null(strstr(json, "\"suppressions\":[{\"suppression\":\"leak:cache_insert\","
				     "\"where\":\"a.supp:1\",\"sites\":1,\"blocks\":3,"
				     "\"bytes\":12288},{\"suppression\":\"fd:b\""));
	assert_non_null(strstr(json, "\"suppression\":\"leak:cache_insert\",\"root\""));
	assert_non_null(strstr(json, "\"suppression\":null,\"root\""));
}

/* What the baseline has is counted, and not listed. */
static void test_baseline(void **state)
{
	static const uint64_t insert[] = { AT_INSERT }, evict[] = { AT_EVICT };
	static const struct report_options options = { .error_exitcode = 23, .top = 2 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL, *json = NULL, *tap = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	sample_process(&sample, 2, "b");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, insert, 1), 3, 4096);
	sample_site(&sample, 1, sample_stack(&sample, STACK_COMPLETE, insert, 1), 1, 1);
	assert_int_equal(baseline_take(&sample.result.baseline, "old\n.ltdb", &sample.result), 0);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, evict, 1), 1, 10);
	assert_int_equal(baseline_apply(&sample.result), 0);
	sample_finish(&sample, 1u << CLASS_OUTSTANDING);
	assert_true(sample.result.leaks);
	text = sample_write(&sample, "text", &options);
	assert_non_null(strstr(text, "\n10 B in 1 block outstanding, a (pid 1)"));
	assert_null(strstr(text, "\n12.0 KiB in 4 blocks outstanding"));
	assert_non_null(strstr(text, "\n1 leak is in the baseline old?.ltdb (not counted): "
				     "12.0 KiB in 4 blocks\n"));
	tap = sample_write(&sample, "tap", &options);
	assert_non_null(strstr(tap, "\n# 1 leak is in the baseline old?.ltdb (not counted): "));
	assert_null(strstr(tap, "cache_insert"));
	json = sample_write(&sample, "json", &options);
	assert_non_null(strstr(json, "\n \"baseline\":{\"file\":\"old?.ltdb\",\"sites\":2,"
				     "\"blocks\":4,\"bytes\":12289},\n"));
	assert_non_null(strstr(json, "\"in_baseline\":true,"));
	assert_non_null(strstr(json, "\"in_baseline\":false,"));
}

/* What is written for the leaks of a result suppresses all of them. */
static void test_generated(void **state)
{
	static const uint64_t insert[] = { AT_INSERT, AT_MAIN }, unknown[] = { AT_UNKNOWN };
	static const uint64_t general[] = { 0x3000, AT_EVICT }, only[] = { 0x3000 };
	static const struct report_options options = { .top = 2 };
	const struct frame grow = { .function = "std::vector<int>::_M_grow(int*)" };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	sample_symbol(&sample, 0x3000, &grow, 1);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, insert, 2), 1, 1);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, insert, 1), 1, 1);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, unknown, 1), 1, 1);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, general, 2), 1, 1);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, only, 1), 1, 1);
	sample_finish(&sample, 1u << CLASS_OUTSTANDING);
	text = sample_write(&sample, "gen-suppressions", &options);
	assert_string_equal(text, "# What leaktrace found. Each line hides all leaks below its "
				  "function.\nleak:/cache$\nleak:^cache_insert$\n"
				  "leak:^std::vector<int>::_M_grow(int*)$\nleak:^test_evict$\n");
	suppress(&sample, text);
	assert_false(sample.result.leaks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_matches),
		cmocka_unit_test(test_indirect),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
