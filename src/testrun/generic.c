// SPDX-License-Identifier: BSD-2-Clause
/* Tests of frameworks that leaktrace does not know: what the user, or the suite, says. */
#include "testrun/generic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static int text_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	ret->label = strdup(texts[0] ? texts[0] : "?");
	return ret->label ? 1 : -ENOMEM;
}

/* "/leaktrace/begin/NAME". */
static int path_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *prefix = "/leaktrace/begin/";

	if (!texts[0] || !str_starts_with(texts[0], prefix) || !texts[0][strlen(prefix)])
		return 0;
	ret->label = strdup(texts[0] + strlen(prefix));
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_path = { .name = "path", .named = path_named };
/* Probes that the suite is built with: leaktrace:begin has the name of the test. */
static const struct lt_signal usdt_begin = {
	.action = LT_SIGNAL_BEGIN,
	.texts = { { .kind = LT_TEXT_C } },
};
static const struct lt_signal usdt_end = { .action = LT_SIGNAL_END };

static const struct test_symbol usdt_symbols[] = {
	{ .name = "leaktrace:begin", .signal = &usdt_begin },
	{ .name = "leaktrace:end", .signal = &usdt_end },
	{ 0 },
};

const struct framework framework_usdt = {
	.name = "usdt",
	.symbols = usdt_symbols,
	.named = text_named,
};

const struct framework framework_env = { .name = "env", .named = text_named };
const struct framework framework_marker = { .name = "marker", .named = text_named };

void generic_done(struct generic *generic)
{
	free(generic->begin_name);
	free(generic->end_name);
}

int generic_set_env(struct generic *generic, const char *variable)
{
	size_t n = strlen(variable);

	if (n == 0 || n >= LT_SIGNAL_VARIABLE || strchr(variable, '='))
		return -EINVAL;
	generic->env_begin = (struct lt_signal){
		.action = LT_SIGNAL_SETENV,
		.texts = { { .kind = LT_TEXT_C, .argument = 1 } },
	};
	generic->env_end = (struct lt_signal){ .action = LT_SIGNAL_UNSETENV };
	memcpy(generic->env_begin.variable, variable, n);
	memcpy(generic->env_end.variable, variable, n);
	generic->env_symbols[0] =
		(struct test_symbol){ .name = "setenv", .signal = &generic->env_begin };
	generic->env_symbols[1] =
		(struct test_symbol){ .name = "unsetenv", .signal = &generic->env_end };
	return 0;
}

int generic_set_marker(struct generic *generic, const char *marker)
{
	size_t n = strcspn(marker, ":,");
	const char *rest = marker + n;
	unsigned argument = 1;

	if (n == 0)
		return -EINVAL;
	if (*rest == ':') {
		if (rest[1] < '1' || rest[1] > '5' || (rest[2] && rest[2] != ','))
			return -EINVAL;
		argument = (unsigned)(rest[1] - '0');
		rest += 2;
	}
	if (*rest == ',' && !rest[1])
		return -EINVAL;
	generic->begin_name = strndup(marker, n);
	generic->end_name = *rest == ',' ? strdup(rest + 1) : NULL;
	if (!generic->begin_name || (*rest == ',' && !generic->end_name))
		return -ENOMEM;
	generic->marker_begin = (struct lt_signal){
		.action = LT_SIGNAL_BEGIN,
		.texts = { { .kind = LT_TEXT_C, .argument = argument - 1 } },
	};
	generic->marker_end = (struct lt_signal){ .action = LT_SIGNAL_END };
	generic->marker_symbols[0] = (struct test_symbol){ .name = generic->begin_name,
							   .signal = &generic->marker_begin };
	generic->marker_symbols[1] =
		(struct test_symbol){ .name = generic->end_name, .signal = &generic->marker_end };
	return 0;
}
