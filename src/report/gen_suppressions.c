// SPDX-License-Identifier: BSD-2-Clause
/*
 * Suppressions for what leaked, to be read by --suppressions: a line for each function that they
 * need, sorted, so that a file of them changes little from run to run.
 */
#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/stream.h"
#include "report/facts.h"

struct patterns {
	VEC(char *) list;
};

static void patterns_done(struct patterns *patterns)
{
	vec_foreach(pattern, &patterns->list)
		free(*pattern);
	vec_done(&patterns->list);
}

static int pattern_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *kind_prefix(enum resource_kind kind)
{
	return kind == KIND_MEMORY ? "leak" : resource_kind_name(kind);
}

/* Functions that everybody allocates through name nobody. */
static bool function_is_general(const char *function)
{
	static const char *const general[] = { "std::", "__gnu_cxx::", "operator new",
					       "void std::", "void* std::" };

	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++) {
		if (str_starts_with(function, general[i]))
			return true;
	}
	return false;
}

/* The function that tells most about the stack: the innermost that is not a general one. */
static const char *stack_function(const struct result *result, const struct stack *stack)
{
	const char *innermost = NULL;

	for (uint32_t i = 0; i < stack->n; i++) {
		size_t n;
		const struct frame *frames =
			facts_frames(result, stacks_place(result->stacks, stack, i), &n);

		for (size_t k = 0; k < n; k++) {
			const char *function = frames[k].function;

			if (function && !function_is_general(function))
				return function;
			innermost = innermost ?: function;
		}
	}
	return innermost;
}

/* "leak:^cache_insert$", or the innermost file if no function is known; NULL without memory. */
static char *stack_pattern(const struct result *result, const struct site *site)
{
	const struct stack *stack = stacks_get(result->stacks, site->key.stack);
	const char *function = stack_function(result, stack);
	const char *prefix = kind_prefix(site->key.kind);
	const struct module *module;
	char *pattern;

	if (function) {
		pattern = str_printf("%s:^%s$", prefix, function);
	} else {
		module = stack->n ? facts_module(result, stacks_place(result->stacks, stack, 0)) :
				    NULL;
		pattern = module ? str_printf("%s:/%s$", prefix, str_basename(module->path)) :
				   strdup("");
	}
	if (pattern)
		str_sanitize(pattern);
	return pattern;
}

static int patterns_fill(struct patterns *patterns, const struct result *result)
{
	vec_foreach(site, &result->sites.items) {
		_cleanup_free_ char *pattern = NULL;

		if (!(*site)->is_leak)
			continue;
		pattern = stack_pattern(result, *site);
		if (!pattern || vec_reserve(&patterns->list, 1) < 0)
			return -ENOMEM;
		/* No pattern matches a stack that has no frame. */
		if (*pattern && vec_push(&patterns->list, TAKE_PTR(pattern)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int report_gen_suppressions(const struct result *result, const struct report_options *options,
			    FILE *to)
{
	_cleanup_(patterns_done) struct patterns patterns = { 0 };
	const char *last = "";

	(void)options;
	if (patterns_fill(&patterns, result) < 0)
		return -ENOMEM;
	if (patterns.list.n)
		qsort(patterns.list.items, patterns.list.n, sizeof(*patterns.list.items),
		      pattern_compare);
	fputs("# What leaktrace found. Each line hides all leaks below its function.\n", to);
	if (result->verdict == VERDICT_INCOMPLETE)
		fputs("# Not everything was seen: there may be more.\n", to);
	vec_foreach(pattern, &patterns.list) {
		if (strcmp(*pattern, last) != 0)
			fprintf(to, "%s\n", *pattern);
		last = *pattern;
	}
	return stream_flush(to);
}
