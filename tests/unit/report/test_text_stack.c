// SPDX-License-Identifier: BSD-2-Clause
/* Call stacks in the text report: recursion, unknown functions, narrow terminals. */
#include "report/sample.h"

static const struct report_options plain = { .top = 10 };

static void test_recursion(void **state)
{
	static const uint64_t deep[] = { AT_EVICT, AT_EVICT, AT_EVICT, AT_EVICT,
					 AT_EVICT, AT_MAIN,  AT_MAIN,  AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 67, "x");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, deep, 8), 1, 1);
	sample_finish(&sample, 0);
	text = sample_write(&sample, "text", &plain);
	assert_non_null(strstr(text, "allocated at\n"
				     "    test_evict  tests/unit/storage/test_cache.c:41\n"
				     "    ... 4 more times\n"
				     "    main        tests/unit/storage/test_cache.c:90\n"
				     "    main        tests/unit/storage/test_cache.c:90\n"
				     "    main        tests/unit/storage/test_cache.c:90\n"
				     "\n"));
}

/* A recursion through two functions; twice is none. */
static void test_cycle(void **state)
{
	static const uint64_t offsets[] = { AT_EVICT, AT_MAIN,	 AT_EVICT, AT_MAIN,
					    AT_EVICT, AT_MAIN,	 AT_EVICT, AT_INSERT,
					    AT_MAIN,  AT_INSERT, AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	const char *after;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 67, "x");
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, offsets, 11), 1, 1);
	sample_finish(&sample, 0);
	text = sample_write(&sample, "text", &plain);
	after = strstr(text, "    ... these 2 lines 2 more times\n    test_evict ");
	assert_non_null(after);
	assert_null(strstr(after + 8, "..."));
	assert_non_null(strstr(text, "allocated at\n    test_evict "));
}

static void test_no_symbols(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;
	struct place places[3] = { 0 };
	struct stack *stack;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 67, "x");
	places[0] = (struct place){ .module = sample.libc, .offset = 0x1234567 };
	places[1] = (struct place){ .module = sample_module(&sample, MODULE_ANON, "[anon]"),
				    .offset = 0x7f0000001000 };
	places[2] = (struct place){ .module = 0, .offset = 0xdead };
	assert_int_equal(stacks_intern(&sample.stacks, places, 3, STACK_UNKNOWN_CODE, &stack), 0);
	sample_site(&sample, 0, stack->id, 1, 1);
	sample.result.symbols = NULL;
	sample_finish(&sample, 0);
	text = sample_write(&sample, "text", &plain);
	assert_non_null(strstr(text, "allocated at\n"
				     "    0x1234567       libc.so.6\n"
				     "    0x7f0000001000  [anon]\n"
				     "    0xdead          [unknown]\n"
				     "    [cut: entered code without unwind rules]\n"
				     "\n"));
}

/* Paths are shortened at a slash for a terminal, and only as far as they can be. */
static void test_width(void **state)
{
	static const struct frame long_name = {
		"std::vector<std::string, my::allocator<char> >::push_back", "src/a/v.h", 5, false,
		NULL
	};
	static const uint64_t offsets[] = { AT_INSERT, AT_EVICT, 0x1600 };
	static const struct {
		unsigned width;
		const char *lines;
	} cases[] = {
		{ 0, "    test_evict                                tests/unit/storage/"
		     "test_cache.c:41\n" },
		{ 80, "    test_evict                                tests/unit/storage/"
		      "test_cache.c:41\n" },
		{ 79, "    test_evict                                .../unit/storage/"
		      "test_cache.c:41\n" },
		{ 78, "    test_evict                                .../unit/storage/"
		      "test_cache.c:41\n" },
		{ 77, "    test_evict                                .../storage/"
		      "test_cache.c:41\n" },
		{ 72, "    test_evict                                .../test_cache.c:41\n" },
		{ 10, "    test_evict                                .../test_cache.c:41\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(sample_done) struct sample sample = { 0 };
		struct report_options options = plain;
		_cleanup_free_ char *text = NULL;

		sample_init(&sample, MODE_RUN);
		sample_symbol(&sample, 0x1600, &long_name, 1);
		sample_process(&sample, 67, "x");
		sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, offsets, 3), 1, 1);
		sample_finish(&sample, 0);
		options.width = cases[i].width;
		text = sample_write(&sample, "text", &options);
		assert_non_null(strstr(text, cases[i].lines));
		assert_non_null(strstr(text, "    std::vector<std::string, my::allocator<char> >"
					     "::push_back  "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_no_symbols),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
