// SPDX-License-Identifier: BSD-2-Clause
/* Choosing call sites: see selection.h. */
#include "model/selection.h"

#include <fnmatch.h>

#include "base/str.h"

struct choice {
	const struct selection *selection;
	const struct result *result;
};

static bool has_module(const struct result *result, uint32_t id, const char *pattern)
{
	const struct stack *stack = stacks_get(result->stacks, id);

	for (uint32_t i = 0; i < stack->n; i++) {
		const struct place *place = stacks_place(result->stacks, stack, i);
		const char *path = modules_get(result->modules, place->module)->path;

		if (fnmatch(pattern, path, 0) == 0 || fnmatch(pattern, str_basename(path), 0) == 0)
			return true;
	}
	return false;
}

static bool is_chosen(const void *data, const struct site *site)
{
	const struct choice *choice = data;
	const struct selection *wanted = choice->selection;
	const struct test *test = tests_get(&choice->result->tests, site->key.test);

	if (wanted->kinds && !(wanted->kinds & 1u << site->key.kind))
		return false;
	if (wanted->classes && !(wanted->classes & 1u << site->key.class))
		return false;
	if (wanted->test && (!test || fnmatch(wanted->test, test->name, 0) != 0))
		return false;
	return !wanted->module || has_module(choice->result, site->key.stack, wanted->module);
}

size_t selection_apply(const struct selection *selection, struct result *result)
{
	const struct choice choice = { selection, result };

	return sites_keep(&result->sites, is_chosen, &choice);
}
