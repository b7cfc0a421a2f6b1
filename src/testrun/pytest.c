// SPDX-License-Identifier: BSD-2-Clause
/*
 * pytest, with or without xdist: it sets PYTEST_CURRENT_TEST to "FILE::CLASS::NAME (PHASE)" for
 * the setup, the call and the teardown of each test, and unsets it after the last of them. Python
 * passes that on to the C library.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

#define VARIABLE "PYTEST_CURRENT_TEST"

static const struct lt_signal begin = { .action = LT_SIGNAL_SETENV,
					.phases = 1,
					.variable = VARIABLE,
					.texts = { { .kind = LT_TEXT_C, .argument = 1 } } };
static const struct lt_signal end = { .action = LT_SIGNAL_UNSETENV, .variable = VARIABLE };

static const struct test_symbol pytest_symbols[] = {
	{ .name = "setenv", .signal = &begin },
	{ .name = "unsetenv", .signal = &end },
	{ 0 },
};

/* As in its JUnit reports: "dir/test_a.py::TestU" is the class "dir.test_a.TestU". */
static char *classname(const char *text, size_t n)
{
	char *name = strndup(text, n), *to;
	size_t n_file = strcspn(text, ":");

	if (!name)
		return NULL;
	if (n_file >= 3 && n_file <= n && strncmp(text + n_file - 3, ".py", 3) == 0)
		memmove(name + n_file - 3, name + n_file, strlen(name + n_file) + 1);
	to = name;
	for (const char *from = name; *from; from++) {
		if (strncmp(from, "::", 2) == 0) {
			*to++ = '.';
			from++;
		} else {
			*to++ = *from == '/' ? '.' : *from;
		}
	}
	*to = '\0';
	return name;
}

/* Where the last "::" outside of the brackets of parameters is; NULL: nowhere. */
static const char *last_separator(const char *text, size_t n)
{
	const char *found = NULL;

	for (size_t i = 0; i + 1 < n && text[i] != '['; i++) {
		if (text[i] == ':' && text[i + 1] == ':')
			found = text + i;
	}
	return found;
}

static int pytest_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *text = texts[0] ? texts[0] : "?", *separator;
	const char *phase = strrchr(text, '(');
	size_t n = phase && phase > text && phase[-1] == ' ' ? (size_t)(phase - 1 - text) :
							       strlen(text);

	ret->label = strndup(text, n);
	if (!ret->label)
		return -ENOMEM;
	separator = last_separator(text, n);
	if (!separator)
		return 1;
	ret->suite = classname(text, (size_t)(separator - text));
	ret->name = strdup(ret->label + (separator + 2 - text));
	return ret->suite && ret->name ? 1 : -ENOMEM;
}

const struct framework framework_pytest = {
	.name = "pytest",
	.symbols = pytest_symbols,
	.named = pytest_named,
	.variable = VARIABLE,
};
