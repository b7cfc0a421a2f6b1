// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bats: "bats-exec-test [OPTION...] FILE FUNCTION NUMBER..." is started for each test. FUNCTION is
 * "test_" and the name of the test, with "_" for a blank and "-xx" for other characters.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *found = strchr(digits, tolower((unsigned char)c));

	return c && found ? (int)(found - digits) : -1;
}

static char *decode(const char *function)
{
	char *name = strdup(function), *to = name;

	for (const char *from = function; name && *from; from++) {
		int high = *from == '-' ? hex_digit(from[1]) : -1;
		int low = high >= 0 ? hex_digit(from[2]) : -1;

		if (low >= 0) {
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else {
			*to++ = *from == '_' ? ' ' : *from;
		}
	}
	if (name)
		*to = '\0';
	return name;
}

static int bats_started(const struct started *started, struct test_names *ret)
{
	for (char *const *argument = started->command; argument[0] && argument[1]; argument++) {
		if (!str_starts_with(argument[1], "test_") || !strchr(argument[0], '/'))
			continue;
		ret->suite = strdup(str_basename(argument[0]));
		ret->name = decode(argument[1] + strlen("test_"));
		if (!ret->suite || !ret->name)
			return -ENOMEM;
		ret->label = str_printf("%s: %s", ret->suite, ret->name);
		return ret->label ? 1 : -ENOMEM;
	}
	return 0;
}

const struct framework framework_bats = {
	.name = "bats",
	.runners = { { .argument = "bats-exec-test", .kind = LT_RUNNER_SELF } },
	.started = bats_started,
};
