// SPDX-License-Identifier: BSD-2-Clause
/* Recognising call sites in another run: see identity.h. */
#include "model/identity.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"

/* A place by the functions that are there; where none is known, by its offset in the file. */
static void key_place(const struct result *result, const struct place *place, FILE *to)
{
	const struct symbol *symbol = symbols_find(result->symbols, place);
	const struct module *module = modules_get(result->modules, place->module);
	bool named = false;

	for (uint32_t i = 0; symbol && i < symbol->n_frames; i++) {
		const char *function = symbol->frames[i].function;

		if (function)
			fprintf(to, "%s\n", function);
		named |= function != NULL;
	}
	if (!named)
		fprintf(to, "+%" PRIx64 "\n", place->offset);
	/* Of generated code, the path is that of one process. */
	fprintf(to, "@%s\n",
		module->kind == MODULE_ANON ? "[anonymous]" : str_basename(module->path));
}

char *identity_of(const struct result *result, const struct site_key *site)
{
	const struct stack *stack = stacks_get(result->stacks, site->stack);
	const struct test *test = tests_get(&result->tests, site->test);
	char *key = NULL;
	size_t n;
	FILE *to = open_memstream(&key, &n);

	if (!to)
		return NULL;
	fprintf(to, "%s %s %s\n", resource_kind_name(site->kind), resource_class_name(site->class),
		test ? test->name : "");
	for (uint32_t i = 0; i < stack->n; i++)
		key_place(result, stacks_place(result->stacks, stack, i), to);
	if (fclose(to) == 0)
		return key;
	free(key);
	return NULL;
}
