// SPDX-License-Identifier: BSD-2-Clause
/* The table of formats, the built-in description, and streams that fail. */
#include "report/sample.h"

#include <errno.h>

#include "base/str.h"

static void test_find(void **state)
{
	(void)state;
	assert_string_equal(report_format_find("text")->name, "text");
	assert_ptr_equal(report_format_find("text")->write, report_text);
	assert_ptr_equal(report_format_find("json")->write, report_json);
	assert_ptr_equal(report_format_get(FORMAT_JSON), report_format_find("json"));
	assert_null(report_format_find("jso"));
	assert_null(report_format_find(""));
}

/* The description is the file, to the last byte. */
static void test_schema(void **state)
{
	_cleanup_free_ char *file = NULL, *text = NULL;
	size_t n_file = 0, n = 0;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	assert_non_null(to);
	assert_int_equal(report_schema(to), 0);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(str_read_file("docs/OUTPUT.md", 1 << 20, &file, &n_file), 0);
	assert_int_equal(n, n_file);
	assert_memory_equal(text, file, n);
}

/* A full disk is an error, whether the report fits into the buffer of the stream or not. */
/* The reason, if it was not lost with what the stream has tried before. */
static void check_full(int r)
{
	if (r != -ENOSPC)
		assert_int_equal(r, -EIO);
}

static void test_stream_fails(void **state)
{
	static const uint64_t at_main[] = { AT_MAIN };
	static const struct report_options options = { .top = 10 };
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, at_main, 1), 1, 1);
	sample_finish(&sample, 0);
	for (int buffered = 0; buffered < 2; buffered++) {
		_cleanup_fclose_ FILE *json = fopen("/dev/full", "w");
		_cleanup_fclose_ FILE *text = fopen("/dev/full", "w");
		_cleanup_fclose_ FILE *schema = fopen("/dev/full", "w");

		assert_true(json && text && schema);
		if (!buffered) {
			setvbuf(json, NULL, _IONBF, 0);
			setvbuf(text, NULL, _IONBF, 0);
			setvbuf(schema, NULL, _IONBF, 0);
		}
		check_full(report_json(&sample.result, &options, json));
		check_full(report_text(&sample.result, &options, text));
		check_full(report_schema(schema));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_stream_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
