// SPDX-License-Identifier: BSD-2-Clause
/*
 * GoogleTest 1.8 and later: every listener is called through TestEventRepeater, a class with
 * virtual functions, so that its symbols are there in each build that has symbols at all. A
 * TestInfo begins with two strings: the suite and the name.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

#define ON_TEST_START "_ZN7testing8internal17TestEventRepeater11OnTestStartERKNS_8TestInfoE"
#define ON_TEST_END   "_ZN7testing8internal17TestEventRepeater9OnTestEndERKNS_8TestInfoE"

/* std::string of libstdc++ begins with a pointer to its text. */
#define STRING_AT(at)                                                                              \
	{                                                                                          \
		.kind = LT_TEXT_C, .argument = 1, .n_steps = 1, .steps = { at }                    \
	}
#define LIBCXX_STRING_AT(at)                                                                       \
	{                                                                                          \
		.kind = LT_TEXT_LIBCXX, .argument = 1, .offset = at                                \
	}

static const struct lt_signal begin_cxx11 = { .action = LT_SIGNAL_BEGIN,
					      .texts = { STRING_AT(0), STRING_AT(32) } };
static const struct lt_signal begin_old = { .action = LT_SIGNAL_BEGIN,
					    .texts = { STRING_AT(0), STRING_AT(8) } };
static const struct lt_signal begin_libcxx = {
	.action = LT_SIGNAL_BEGIN, .texts = { LIBCXX_STRING_AT(0), LIBCXX_STRING_AT(24) }
};
static const struct lt_signal end = { .action = LT_SIGNAL_END };

static const struct test_symbol gtest_symbols[] = {
	{ .name = ON_TEST_START, .strings = TEST_STRINGS_CXX11, .signal = &begin_cxx11 },
	{ .name = ON_TEST_START, .strings = TEST_STRINGS_OLD, .signal = &begin_old },
	{ .name = ON_TEST_START, .strings = TEST_STRINGS_LIBCXX, .signal = &begin_libcxx },
	{ .name = ON_TEST_END, .signal = &end },
	{ 0 },
};

static int gtest_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *suite = texts[0] ? texts[0] : "?", *name = texts[1] ? texts[1] : "?";

	ret->label = str_printf("%s.%s", suite, name);
	ret->suite = strdup(suite);
	ret->name = strdup(name);
	return ret->label && ret->suite && ret->name ? 1 : -ENOMEM;
}

/* A program that was started for one test, as CMake's gtest_discover_tests() has it. */
static int gtest_started(const struct started *started, struct test_names *ret)
{
	static const char filter[] = "--gtest_filter=";

	for (char *const *argument = started->command; *argument; argument++) {
		const char *name = *argument + strlen(filter);

		if (!str_starts_with(*argument, filter))
			continue;
		if (!strchr(name, '.') || strpbrk(name, "*?:-"))
			return 0;
		ret->label = strdup(name);
		return ret->label ? 1 : -ENOMEM;
	}
	return 0;
}

const struct framework framework_gtest = {
	.name = "gtest",
	.started = gtest_started,
	.symbols = gtest_symbols,
	.named = gtest_named,
};
