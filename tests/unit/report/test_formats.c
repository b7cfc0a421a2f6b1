// SPDX-License-Identifier: BSD-2-Clause
/* Every format that is no JSON and not for a terminal, byte by byte: tests/golden has them. */
#include "report/leaky.h"

static void assert_report(const struct sample *sample, const char *format,
			  const struct report_options *options, const char *golden)
{
	_cleanup_free_ char *text = sample_write(sample, format, options);

	assert_golden(golden, text);
}

static void test_tests(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	leaky_init(&sample);
	assert_report(&sample, "junit", &leaky_options, "tests.junit.xml");
	assert_report(&sample, "tap", &leaky_options, "tests.tap");
	assert_report(&sample, "markdown", &leaky_options, "tests.md");
	assert_report(&sample, "github", &leaky_options, "tests.github");
	assert_report(&sample, "folded", &leaky_options, "tests.folded");
	assert_report(&sample, "gen-suppressions", &leaky_options, "tests.supp");
}

/* A test that leaked before it lost its verdict is one failure, and nothing else. */
static void test_leak_and_reason(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *junit = NULL, *tap = NULL;

	(void)state;
	leaky_init(&sample);
	assert_int_equal(test_set_reason(tests_get(&sample.result.tests, 2), "killed later"), 0);
	junit = sample_write(&sample, "junit", &leaky_options);
	assert_non_null(strstr(junit, " tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\""));
	assert_null(strstr(junit, "killed later"));
	tap = sample_write(&sample, "tap", &leaky_options);
	assert_non_null(strstr(tap, "\nnot ok 2 - "));
	assert_null(strstr(tap, "killed later"));
}

/* Without tests the command is the one test; with --strict, missing data is another. */
static void test_no_tests(void **state)
{
	struct report_options strict = leaky_options;
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	strict.strict = true;
	leaky_init_no_tests(&sample);
	assert_report(&sample, "junit", &strict, "strict.junit.xml");
	assert_report(&sample, "tap", &strict, "strict.tap");
	assert_report(&sample, "markdown", &strict, "strict.md");
	assert_report(&sample, "github", &strict, "strict.github");
	assert_report(&sample, "folded", &strict, "strict.folded");
	assert_report(&sample, "gen-suppressions", &strict, "strict.supp");
}

static void test_clean(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	sample_process(&sample, 7, "./redis \"x\\y\"");
	sample_finish(&sample, 0);
	assert_report(&sample, "junit", &leaky_options, "clean.junit.xml");
	assert_report(&sample, "tap", &leaky_options, "clean.tap");
	assert_report(&sample, "markdown", &leaky_options, "clean.md");
	assert_report(&sample, "github", &leaky_options, "clean.github");
	assert_report(&sample, "folded", &leaky_options, "clean.folded");
}

/*
 * A pid has one set of metrics, however many programs it has run. The losses, which are all there,
 * are not part of the golden file: there will be more of them.
 */
static void test_metrics(void **state)
{
	struct process_sample moment = {
		.time_ns = 1, .rss_bytes = 4096, .n_fds = 4, .n_threads = 2
	};
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	const char *losses;

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	sample_process(&sample, 9, "first")->end = END_EXEC;
	sample_process(&sample, 9, "./redis \"x\\y\"")->totals.outstanding_bytes = 4711;
	sample_process(&sample, 7, "mute")->silent = "it has no allocator";
	assert_int_equal(samples_add(&sample.result.processes.items[1].samples, &moment), 0);
	sample.result.processes.items[1].totals.judged = true;
	sample.result.processes.items[1].losses.counts[_LOSS_MAX - 1] = 3;
	sample_finish(&sample, 0);
	text = sample_write(&sample, "prometheus", &leaky_options);
	losses = strstr(text, "leaktrace_losses_total{");
	assert_non_null(losses);
	for (int i = 0; i < _LOSS_MAX; i++) {
		int n = 0;

		assert_int_equal(
			sscanf(losses, "leaktrace_losses_total{id=\"%*[^\"]\"} %*d\n%n", &n), 0);
		assert_true(n > 0 && losses[n - 2] == (i == _LOSS_MAX - 1 ? '3' : '0'));
		assert_non_null(memmem(losses, (size_t)n, loss_id((enum loss)i),
				       strlen(loss_id((enum loss)i))));
		losses += n;
	}
	assert_string_equal(losses, "");
	*strstr(text, "leaktrace_losses_total{") = '\0';
	assert_golden("metrics.prom", text);
}

/* However long the names: a comment that is too long is refused. */
static void test_markdown_is_bounded(void **state)
{
	struct report_options all = leaky_options;
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	char name[1000];

	(void)state;
	all.top = 0;
	memset(name, '|', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, name);
	for (uint64_t i = 0; i < 1000; i++) {
		const uint64_t places[] = { AT_INSERT, 0x2000 + i, AT_MAIN };
		struct site *site = sample_site(
			&sample, 0, sample_stack(&sample, STACK_COMPLETE, places, 3), 1, 10);

		sample_move_to_test(&sample, site, sample_test(&sample, NULL, name));
	}
	sample_finish(&sample, 1u << CLASS_OUTSTANDING);
	text = sample_write(&sample, "markdown", &all);
	assert_in_range(strlen(text), 1, 65535);
	assert_non_null(strstr(text, " more tests are not shown.\n"));
	assert_non_null(strstr(text, " more call sites are not shown.\n"));
}

#define TURN "\xe2\x80\xae" /* from here on a reader sees the text from right to left */

/* Whatever has such a name, no format passes it on. */
static void test_direction(void **state)
{
	static const char *const formats[] = { "text",	    "json",   "html",
					       "junit",	    "tap",    "markdown",
					       "github",    "folded", "gen-suppressions",
					       "prometheus" };
	static const struct frame frame = { "fun" TURN "ction", "fi" TURN "le.c", 7, false,
					    "/di" TURN "r" };
	static const uint64_t at = 0x1600;
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct place place = { .offset = 0x10 };
	struct stack *stack;
	struct site *site;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_symbol(&sample, at, &frame, 1);
	sample_process(&sample, 1, "./comm" TURN "and");
	free(sample.result.processes.items[0].exe);
	sample.result.processes.items[0].exe = strdup("/e" TURN "xe");
	sample_test(&sample, "su" TURN "ite", "te" TURN "st");
	site = sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, &at, 1), 1, 10);
	sample_move_to_test(&sample, site, 1);
	place.module = sample_module(&sample, MODULE_FILE, "/mo" TURN "dule");
	assert_int_equal(stacks_intern(&sample.stacks, &place, 1, STACK_COMPLETE, &stack), 0);
	sample_site(&sample, 0, stack->id, 1, 10);
	sample.result.command = sample_argv("./comm" TURN "and", "a" TURN "b");
	assert_int_equal(result_note(&sample.result, "no" TURN "te"), 0);
	assert_int_equal(test_set_reason(tests_get(&sample.result.tests, 1), "wh" TURN "y"), 0);
	sample_finish(&sample, 1u << CLASS_OUTSTANDING);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		_cleanup_free_ char *text = sample_write(&sample, formats[i], &leaky_options);

		assert_true(strlen(text) > 0);
		if (strstr(text, TURN))
			fail_msg("%s turns the direction: %.60s", formats[i],
				 strstr(text, TURN) - 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leak_and_reason), cmocka_unit_test(test_tests),
		cmocka_unit_test(test_no_tests),	cmocka_unit_test(test_clean),
		cmocka_unit_test(test_metrics),		cmocka_unit_test(test_markdown_is_bounded),
		cmocka_unit_test(test_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
