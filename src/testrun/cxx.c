// SPDX-License-Identifier: BSD-2-Clause
/*
 * Frameworks whose tests are functions of one program, seen by the functions that the framework
 * calls around each. Where the strings are was read off the types of the versions named.
 */
#include <errno.h>
#include <string.h>

#include "testrun/framework.h"

/* The text is all there is to a name. */
static int text_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	ret->label = strdup(texts[0] ? texts[0] : "?");
	return ret->label ? 1 : -ENOMEM;
}

/*
 * Catch2 2.x and 3.x: RunContext::runTest() gives its result through a hidden first argument, so
 * that the test is the third one. It catches what the test throws, so that its return is seen.
 */
static const struct lt_signal catch2_v2 = {
	.action = LT_SIGNAL_BEGIN,
	.until_return = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 2, .n_steps = 1, .steps = { 0 } } },
};
static const struct lt_signal catch2_v3 = {
	.action = LT_SIGNAL_BEGIN,
	.until_return = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 2, .n_steps = 2, .steps = { 0, 0 } } },
};

static const struct test_symbol catch2_symbols[] = {
	{ .name = "_ZN5Catch10RunContext7runTestERKNS_8TestCaseE",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &catch2_v2 },
	{ .name = "_ZN5Catch10RunContext7runTestERKNS_14TestCaseHandleE",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &catch2_v3 },
	{ 0 },
};

const struct framework framework_catch2 = {
	.name = "catch2",
	.symbols = catch2_symbols,
	.named = text_named,
};

/* doctest since 2.3.8: TestCaseData has its name behind a string of 24 bytes and the line. */
static const struct lt_signal doctest_begin = {
	.action = LT_SIGNAL_BEGIN,
	.texts = { { .kind = LT_TEXT_C, .argument = 1, .n_steps = 1, .steps = { 32 } } },
};
/* What a test ended with says if it crashed: then its process ends as well. */
static const struct lt_signal doctest_end = {
	.action = LT_SIGNAL_END,
	.only_argument = 1,
	.only_offset = 16,
	.unless_bits = 4,
};

#define DOCTEST "_ZN7doctest12_GLOBAL__N_1"

static const struct test_symbol doctest_symbols[] = {
	{ .name = DOCTEST "15ConsoleReporter15test_case_startERKNS_12TestCaseDataE",
	  .signal = &doctest_begin },
	{ .name = DOCTEST "15ConsoleReporter13test_case_endERKNS_20CurrentTestCaseStatsE",
	  .signal = &doctest_end },
	{ .name = DOCTEST "11XmlReporter15test_case_startERKNS_12TestCaseDataE",
	  .signal = &doctest_begin },
	{ .name = DOCTEST "11XmlReporter13test_case_endERKNS_20CurrentTestCaseStatsE",
	  .signal = &doctest_end },
	{ .name = DOCTEST "13JUnitReporter15test_case_startERKNS_12TestCaseDataE",
	  .signal = &doctest_begin },
	{ .name = DOCTEST "13JUnitReporter13test_case_endERKNS_20CurrentTestCaseStatsE",
	  .signal = &doctest_end },
	{ 0 },
};

const struct framework framework_doctest = {
	.name = "doctest",
	.symbols = doctest_symbols,
	.named = text_named,
};

/* Boost.Test 1.74: test_unit begins with its type (1: a case, 16: a suite), its name is at 136. */
static const struct lt_signal boost_enter = {
	.action = LT_SIGNAL_ENTER,
	.only_argument = 1,
	.only_word = 16,
	.texts = { { .kind = LT_TEXT_C, .argument = 1, .n_steps = 1, .steps = { 136 } } },
};
static const struct lt_signal boost_leave = {
	.action = LT_SIGNAL_LEAVE,
	.only_argument = 1,
	.only_word = 16,
};
static const struct lt_signal boost_begin = {
	.action = LT_SIGNAL_BEGIN,
	.only_argument = 1,
	.only_word = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 1, .n_steps = 1, .steps = { 136 } } },
};
static const struct lt_signal boost_end = {
	.action = LT_SIGNAL_END,
	.only_argument = 1,
	.only_word = 1,
};

#define BOOST_COLLECTOR "_ZN5boost9unit_test19results_collector_t"

static const struct test_symbol boost_symbols[] = {
	{ .name = BOOST_COLLECTOR "15test_unit_startERKNS0_9test_unitE",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &boost_enter },
	{ .name = BOOST_COLLECTOR "16test_unit_finishERKNS0_9test_unitEm",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &boost_leave },
	{ .name = BOOST_COLLECTOR "15test_unit_startERKNS0_9test_unitE",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &boost_begin },
	{ .name = BOOST_COLLECTOR "16test_unit_finishERKNS0_9test_unitEm",
	  .strings = TEST_STRINGS_CXX11,
	  .signal = &boost_end },
	{ 0 },
};

const struct framework framework_boost = {
	.name = "boost",
	.symbols = boost_symbols,
	.named = text_named,
	.has_suites = true,
};

/*
 * Qt Test: QTestResult is told the function that runs, and NULL after it; and for each row of its
 * data, which is a test by itself, the private part of a QTestData that begins with its name.
 */
static const struct lt_signal qt_begin = {
	.action = LT_SIGNAL_BEGIN,
	.without = LT_WITHOUT_END,
	.texts = { { .kind = LT_TEXT_C, .argument = 0 } },
};
static const struct lt_signal qt_row = {
	.action = LT_SIGNAL_BEGIN,
	.without = LT_WITHOUT_NOTHING,
	.part = 1,
	.texts = { { .kind = LT_TEXT_C, .argument = 0, .n_steps = 2, .steps = { 0, 0 } } },
};

static const struct test_symbol qt_symbols[] = {
	{ .name = "_ZN11QTestResult22setCurrentTestFunctionEPKc", .signal = &qt_begin },
	{ .name = "_ZN11QTestResult18setCurrentTestDataEP9QTestData", .signal = &qt_row },
	{ 0 },
};

const struct framework framework_qt = {
	.name = "qt",
	.symbols = qt_symbols,
	.named = text_named,
	.has_parts = true,
};
