// SPDX-License-Identifier: BSD-2-Clause
/* The runners, symbols and other signals that are looked for: see known.h. */
#include "testrun/known.h"

#include <errno.h>
#include <string.h>

static int known_add(struct known *known, const struct framework *framework,
		     const struct test_symbol *symbol)
{
	if (framework->runner.kind != LT_RUNNER_NONE && known->n_runners < LT_MAX_RUNNERS) {
		struct lt_runner *runner = &known->runners[known->n_runners];

		*runner = framework->runner;
		runner->n_argument = (uint32_t)strlen(runner->argument);
		known->runner_frameworks[known->n_runners++] = framework;
	}
	for (; symbol && symbol->name; symbol++) {
		if (vec_push(&known->symbols, *symbol) < 0 ||
		    vec_push(&known->symbol_frameworks, framework) < 0)
			return -ENOMEM;
	}
	return 0;
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
		return diag_add(diag, -EINVAL, "--tests: no test framework is called '%s'", only);
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
	const char *only = options->only;
	int r = 0;

	known->none = only && strcmp(only, "none") == 0;
	if (!known->none)
		r = learn_frameworks(known, only && strcmp(only, "auto") != 0 ? only : NULL, diag);
	return r < 0 ? r : learn_generic(known, options, diag);
}

void known_done(struct known *known)
{
	vec_done(&known->symbols);
	vec_done(&known->symbol_frameworks);
	generic_done(&known->generic);
}

const struct framework *known_runner(const struct known *known, uint32_t runner)
{
	return runner && runner <= known->n_runners ? known->runner_frameworks[runner - 1] : NULL;
}

const struct framework *known_source(const struct known *known, const struct test_signal *signal)
{
	uint32_t source = signal->facts->source;

	if (source == LT_SOURCE_PATH)
		return &framework_path;
	if (source == LT_SOURCE_TEXT && known->none)
		return NULL;
	if (source == LT_SOURCE_TEXT)
		return signal->texts[0] && strchr(signal->texts[0], '.') ?
			       &framework_gtest_written :
			       &framework_cmocka;
	return source < known->symbols.n ? known->symbol_frameworks.items[source] : NULL;
}
