// SPDX-License-Identifier: BSD-2-Clause
/* The log that CTest reads: a line with a name for each defect, and none that looks like one. */
#include "report/sample.h"

#include "version.h"

static const struct report_options options = { .top = 1, .color = true, .width = 20 };

static void test_defects(void **state)
{
	static const uint64_t at_insert[] = { AT_INSERT, AT_MAIN }, at_evict[] = { AT_EVICT };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	struct result *result = &sample.result;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "a");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, at_insert, 2), 2, 4096);
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, at_evict, 1), 1, 8);
	sample_fds(&sample);
	sample_threads(&sample);
	sample_finish(&sample, 1u << CLASS_OUTSTANDING);
	/* What --fail-on does not name is no defect. */
	result_judge(result, &(struct fail_on){ { [KIND_MEMORY] = 1u << CLASS_OUTSTANDING,
						  [KIND_FD] = 1u << CLASS_LEAKED } });
	result_note(result, "x == Bad == bad");
	text = sample_write(&sample, "log-file", &options);
	assert_string_equal(
		text,
		"========= leaktrace " LEAKTRACE_VERSION "\n"
		"========= Memory leak\n"
		"=========     8.0 KiB in 2 blocks outstanding, a (pid 1236), oldest 1.2 s, "
		"allocated at\n"
		"=========         cache_insert  src/cache.c:88  (inlined)\n"
		"=========         cache_fill    src/cache.c:120\n"
		"=========         main          tests/unit/storage/test_cache.c:90\n"
		"========= Memory leak\n"
		"=========     8 B in 1 block outstanding, a (pid 1236), oldest 1.2 s, "
		"allocated at\n"
		"=========         test_evict  tests/unit/storage/test_cache.c:41\n"
		"========= File descriptor leak\n"
		"=========     1 file descriptor leaked, a (pid 1236), oldest 1.7 min\n"
		"=========       fd 7  /tmp/x  (O_RDWR)\n"
		"=========         [no stack: it could not be taken]\n"
		"=========     note: outstanding is what was not released; lost and still "
		"reachable memory are not told apart\n"
		"=========     note: x ==  Bad ==  bad\n");
}

static void test_clean(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL, *strict = NULL;
	struct report_options wanted = { .strict = true };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "a");
	sample_finish(&sample, 1u << CLASS_LOST);
	text = sample_write(&sample, "log-file", &wanted);
	assert_string_equal(text, "========= leaktrace " LEAKTRACE_VERSION "\n");
	sample.result.losses.counts[LOSS_MEMORY] = 1;
	result_judge(&sample.result, &(struct fail_on){ 0 });
	strict = sample_write(&sample, "log-file", &wanted);
	assert_non_null(strstr(strict, "\n========= Incomplete data\n=========     lost: once, "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defects),
		cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
