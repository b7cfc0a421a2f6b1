// SPDX-License-Identifier: BSD-2-Clause
/*
 * Criterion: a process for each test, which is the program once more. Before it runs the test it
 * calls a function of the library, and a variable points to the test: its name, then its suite.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static const struct lt_signal begin = {
	.action = LT_SIGNAL_BEGIN,
	.texts = { { .kind = LT_TEXT_C, .n_steps = 2, .steps = { 0, 8 } },
		   { .kind = LT_TEXT_C, .n_steps = 2, .steps = { 0, 0 } } },
};

static const struct test_symbol criterion_symbols[] = {
	{ .name = "criterion_internal_test_setup",
	  .signal = &begin,
	  .variable = "criterion_current_test" },
	{ 0 },
};

static int criterion_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *suite = texts[0] ? texts[0] : "?", *name = texts[1] ? texts[1] : "?";

	ret->label = str_printf("%s::%s", suite, name);
	ret->suite = strdup(suite);
	ret->name = strdup(name);
	return ret->label && ret->suite && ret->name ? 1 : -ENOMEM;
}

const struct framework framework_criterion = {
	.name = "criterion",
	.symbols = criterion_symbols,
	.named = criterion_named,
	.ends_with_process = true,
};
