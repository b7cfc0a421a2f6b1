// SPDX-License-Identifier: BSD-2-Clause
/* The runners, symbols and other signals that are looked for: see known.h. */
#include "testrun/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void known_add_runner(struct known *known, const struct framework *framework,
			     const struct lt_runner *from)
{
	struct lt_runner *runner = &known->runners[known->n_runners];

	if (from->kind == LT_RUNNER_NONE || known->n_runners == LT_MAX_RUNNERS)
		return;
	*runner = *from;
	runner->n_argument = (uint32_t)strlen(runner->argument);
	known->runner_frameworks[known->n_runners++] = framework;
}

static int known_add(struct known *known, const struct framework *framework,
		     const struct test_symbol *symbol)
{
	for (int i = 0; i < FRAMEWORK_RUNNERS; i++)
		known_add_runner(known, framework, &framework->runners[i]);
	for (; symbol && symbol->name; symbol++) {
		if (vec_push(&known->symbols, *symbol) < 0 ||
		    vec_push(&known->symbol_frameworks, framework) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Says which names there are. */
static int refuse_name(const char *name, struct diag *diag)
{
	_cleanup_free_ char *names = strdup("auto, none");

	for (const struct framework *const *at = frameworks; names && *at; at++) {
		char *longer = str_printf("%s, %s", names, (*at)->name);

		free(names);
		names = longer;
	}
	diag_add(diag, -EINVAL, "--tests: no test framework is called '%s'", name);
	return names ? diag_hint(diag, "there are: %s", names) : -ENOMEM;
}

/* What leaktrace knows, or the one framework of it that is wanted. */
static int learn_frameworks(struct known *known, const char *only, struct diag *diag)
{
	bool found = false;
	int r = 0;

	for (const struct framework *const *at = frameworks; r == 0 && *at; at++) {
		if (only && strcmp((*at)->name, only) != 0)
			continue;
		found = true;
		r = known_add(known, *at, (*at)->symbols);
	}
	if (r == 0 && !found)
		return refuse_name(only, diag);
	return r;
}

/* What the user says. */
static int learn_generic(struct known *known, const struct testrun_options *options,
			 struct diag *diag)
{
	struct generic *generic = &known->generic;
	int r = options->env ? generic_set_env(generic, options->env) : 0;

	if (r == -EINVAL)
		return diag_add(diag, r, "--test-env: '%s' is no name of a variable", options->env);
	if (r == 0 && options->env)
		r = known_add(known, &framework_env, generic->env_symbols);
	if (r == 0 && options->marker)
		r = generic_set_marker(generic, options->marker);
	if (r == -EINVAL)
		return diag_add(diag, r, "--test-marker: '%s' is not BEGIN[:N][,END]",
				options->marker);
	if (r == 0 && options->marker)
		r = known_add(known, &framework_marker, generic->marker_symbols);
	return r;
}

int known_init(struct known *known, const struct testrun_options *options, struct diag *diag)
{
	int r = 0;

	known->only = options->only && strcmp(options->only, "auto") != 0 ? options->only : NULL;
	known->none = known->only && strcmp(known->only, "none") == 0;
	if (!known->none)
		r = learn_frameworks(known, known->only, diag);
	return r < 0 ? r : learn_generic(known, options, diag);
}

void known_done(struct known *known)
{
	vec_done(&known->symbols);
	vec_done(&known->symbol_frameworks);
	generic_done(&known->generic);
}

/* Whether tests of the framework are to be told apart. */
static bool known_wants(const struct known *known, const struct framework *framework)
{
	return !known->none && (!known->only || strcmp(framework->name, known->only) == 0);
}

bool known_is_part(const struct known *known, const struct test_signal *signal)
{
	uint32_t source = signal->facts->source;

	return source < known->symbols.n && known->symbols.items[source].signal->part;
}

/* The framework of the runner with this number, as the programs count them. */
static const struct framework *known_runner(const struct known *known, uint32_t runner)
{
	return runner && runner <= known->n_runners ? known->runner_frameworks[runner - 1] : NULL;
}

/* Whether what has told is a runner, or a process that its runner has started. */
static bool is_of_runner(const struct lt_test *facts)
{
	return facts->what == LT_TEST_PROCESS ||
	       (facts->what == LT_TEST_ANNOUNCE && facts->source <= LT_MAX_RUNNERS);
}

const struct framework *known_source(const struct known *known, const struct test_signal *signal)
{
	uint32_t source = signal->facts->source;
	const struct framework *written;

	if (is_of_runner(signal->facts))
		return known_runner(known, source);
	switch (source) {
	case LT_SOURCE_PATH:
		return &framework_path;
	case LT_SOURCE_UNITTEST:
		written = &framework_unittest;
		break;
	case LT_SOURCE_LIBTEST:
		written = &framework_libtest;
		break;
	case LT_SOURCE_TEXT:
		written = signal->texts[0] && strchr(signal->texts[0], '.') ?
				  &framework_gtest_written :
				  &framework_cmocka;
		break;
	default:
		return source < known->symbols.n ? known->symbol_frameworks.items[source] : NULL;
	}
	return known_wants(known, written) ? written : NULL;
}
