// SPDX-License-Identifier: BSD-2-Clause
/* Test frameworks for C: Check, CUnit, Unity, and cmocka with those that write like it. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static int text_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	ret->label = strdup(texts[0] ? texts[0] : "?");
	return ret->label ? 1 : -ENOMEM;
}

/* Check: the function of a test calls this first; with CK_FORK the end is that of the process. */
static const struct lt_signal check_begin = {
	.action = LT_SIGNAL_BEGIN,
	.texts = { { .kind = LT_TEXT_C, .argument = 0 } },
};

static const struct test_symbol check_symbols[] = {
	{ .name = "tcase_fn_start", .signal = &check_begin },
	{ 0 },
};

const struct framework framework_check = {
	.name = "check",
	.symbols = check_symbols,
	.named = text_named,
	.ends_with_process = true,
};

/*
 * CUnit runs each test in a function of its own, to which a failing test comes back by longjmp().
 * It is hidden in the library, where nothing else calls setjmp(). A test begins with its name.
 */
static const struct lt_signal cunit_begin = {
	.action = LT_SIGNAL_BEGIN,
	.until_return = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 0, .n_steps = 1, .steps = { 0 } } },
};

static const struct test_symbol cunit_symbols[] = {
	{ .name = "run_single_test",
	  .signal = &cunit_begin,
	  .with = "CU_run_test",
	  .calls = "_setjmp" },
	{ .name = "run_single_test.constprop.0", .signal = &cunit_begin, .with = "CU_run_test" },
	{ 0 },
};

const struct framework framework_cunit = {
	.name = "cunit",
	.symbols = cunit_symbols,
	.named = text_named,
};

/* Unity: UnityDefaultTestRun(function, name, line) runs one test; compilers may clone it. */
static const struct lt_signal unity_begin = {
	.action = LT_SIGNAL_BEGIN,
	.until_return = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 1 } },
};

static const struct test_symbol unity_symbols[] = {
	{ .name = "UnityDefaultTestRun", .signal = &unity_begin },
	{ .name = "UnityDefaultTestRun.constprop.0", .signal = &unity_begin },
	{ 0 },
};

const struct framework framework_unity = {
	.name = "unity",
	.symbols = unity_symbols,
	.named = text_named,
};

/* What follows "[ RUN      ] " up to the end of the line. */
static int written_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *at = texts[0] ? strchr(texts[0], ']') : NULL;

	if (!at)
		return 0;
	at += 1 + strspn(at + 1, " ");
	ret->label = strndup(at, strcspn(at, "\r\n"));
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_cmocka = {
	.name = "cmocka",
	.named = written_named,
};

/* GoogleTest without symbols writes the same, with the suite before a dot. */
static int gtest_written_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	int r = written_named(texts, ret);
	const char *dot = r > 0 ? strchr(ret->label, '.') : NULL;

	if (!dot)
		return r;
	ret->suite = strndup(ret->label, (size_t)(dot - ret->label));
	ret->name = strdup(dot + 1);
	return ret->suite && ret->name ? 1 : -ENOMEM;
}

const struct framework framework_gtest_written = {
	.name = "gtest",
	.named = gtest_written_named,
};
