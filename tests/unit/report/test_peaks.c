// SPDX-License-Identifier: BSD-2-Clause
/* Peaks in the reports: only where they are asked for, and apart from what is held. */
#include "report/sample.h"

#include <jansson.h>

enum { SHOW_PEAK = 1u << CLASS_PEAK };

static struct site_key peak_key(struct sample *sample, uint32_t process, uint64_t offset)
{
	return (struct site_key){ .process = process,
				  .stack = sample_stack(sample, STACK_COMPLETE, &offset, 1),
				  .kind = KIND_MEMORY,
				  .class = CLASS_PEAK };
}

/* Three processes: one was looked at often, one at its end alone, one by nobody. */
static void peaks_init(struct sample *sample)
{
	const uint64_t insert = AT_INSERT;
	struct sites *sites = &sample->result.sites;
	struct site_key key;

	sample_init(sample, MODE_RUN);
	sample_process(sample, 11, "./cache")->peak =
		(struct process_peak){ 42, 100 * SECOND + SECOND / 2, 10485860, 12, SECOND / 4 };
	sample_process(sample, 12, "./short")->peak =
		(struct process_peak){ 1, 101 * SECOND, 300, 3, SECOND };
	sample_process(sample, 13, "./exec");
	sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, &insert, 1), 1, 100);
	key = peak_key(sample, 0, AT_EVICT);
	assert_int_equal(sites_add_amount(sites, &key, 10, 10485760, 100 * SECOND), 0);
	key = peak_key(sample, 0, AT_INSERT);
	assert_int_equal(sites_add_amount(sites, &key, 2, 100, 100 * SECOND), 0);
	key = peak_key(sample, 1, AT_INSERT);
	assert_int_equal(sites_add_amount(sites, &key, 3, 300, 101 * SECOND), 0);
	sample_finish(sample, 1u << CLASS_OUTSTANDING);
}

static char *write_text(uint32_t show, uint64_t top)
{
	const struct report_options options = { .top = top, .show = show };
	_cleanup_(sample_done) struct sample sample = { 0 };

	peaks_init(&sample);
	return sample_write(&sample, "text", &options);
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in\n%s", part, text);
}

static void test_text(void **state)
{
	_cleanup_free_ char *text = write_text(SHOW_PEAK, 10);

	(void)state;
	expect(text,
	       "\npeak of cache (pid 11): 10.0 MiB in 12 blocks at 500 ms, the most in 42 looks, "
	       "at most 250 ms apart\n"
	       "peak of short (pid 12): 300 B in 3 blocks at 1.0 s, "
	       "nobody looked before its end\n");
	assert_null(strstr(text, "peak of exec"));
	expect(text, "\n10.0 MiB in 10 blocks at the peak, cache (pid 11), allocated at\n"
		     "    test_evict ");
	expect(text, "\n400 B in 5 blocks at the peaks, in 2 processes, allocated at\n");
	expect(text, "\n100 B in 1 block outstanding, cache (pid 11), oldest ");
	/* None of it is a leak. */
	expect(text, "leaktrace: 100 B in 1 block outstanding at the end");
}

/* --top is about peaks on their own. */
static void test_top(void **state)
{
	_cleanup_free_ char *text = write_text(SHOW_PEAK, 1);

	(void)state;
	expect(text, "peak of cache (pid 11)");
	expect(text, "\n... and of 1 more process: --top=0 shows all\n");
	assert_null(strstr(text, "peak of short"));
	expect(text, "outstanding, cache (pid 11)");
	expect(text, "10 blocks at the peak");
	assert_null(strstr(text, "at the peaks, in"));
	expect(text, "1 more call site (400 B) not shown");
}

static void test_folded_away(void **state)
{
	_cleanup_free_ char *text = write_text(0, 10);

	(void)state;
	assert_null(strstr(text, "peak of"));
	expect(text,
	       "10.0 MiB in 15 blocks at the peak, from 2 call sites: --show=peak shows them\n");
}

static void test_json(void **state)
{
	const struct report_options options = { 0 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	json_t *report, *processes, *peak;

	(void)state;
	peaks_init(&sample);
	sample.result.processes.items[1].silent = "no allocator";
	text = sample_write(&sample, "json", &options);
	report = json_loads(text, 0, NULL);
	processes = json_object_get(report, "processes");
	peak = json_object_get(json_array_get(processes, 0), "peak");
	assert_int_equal(json_integer_value(json_object_get(peak, "t_ns")), SECOND / 2);
	assert_int_equal(json_integer_value(json_object_get(peak, "bytes")), 10485860);
	assert_int_equal(json_integer_value(json_object_get(peak, "blocks")), 12);
	assert_int_equal(json_integer_value(json_object_get(peak, "looks")), 42);
	assert_int_equal(json_integer_value(json_object_get(peak, "gap_ns")), SECOND / 4);
	for (size_t i = 1; i < 3; i++)
		assert_true(json_is_null(json_object_get(json_array_get(processes, i), "peak")));
	json_decref(report);
}

static void test_folded(void **state)
{
	const struct report_options options = { 0 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	peaks_init(&sample);
	text = sample_write(&sample, "folded", &options);
	assert_string_equal(text, "cache;memory outstanding;cache_fill;cache_insert 100\n"
				  "cache;memory peak;test_evict 10485760\n"
				  "cache;memory peak;cache_fill;cache_insert 100\n"
				  "short;memory peak;cache_fill;cache_insert 300\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),	    cmocka_unit_test(test_top),
		cmocka_unit_test(test_folded_away), cmocka_unit_test(test_json),
		cmocka_unit_test(test_folded),
	};

	return cmocka_run_group_tests_name("report/peaks", tests, NULL, NULL);
}
