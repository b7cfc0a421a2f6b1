// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a library makes once for the whole process and has no way to release: see singletons.h.
 * Most memory of this kind needs no line, as it is reachable.
 */
#include "cmd/singletons.h"

#include <string.h>

#include "base/str.h"

static const struct singleton {
	enum resource_kind kind;
	enum resource_class class;
	const char *module; /* begins the name of its file; NULL: the program may have it inside */
	const char *allocator; /* of the process; NULL: any */
	const char *line;
} singletons[] = {
	/* The main loop of Qt and GTK. */
	{ KIND_FD, CLASS_LEAKED, "libglib-2.0.so", NULL, "fd:^g_main_context_default$" },
	/* tcmalloc puts another object in the place of its first one. */
	{ KIND_MEMORY, CLASS_LOST, NULL, "tcmalloc", "leak:^MallocExtension::Register(" },
};

static bool stack_goes_through(const struct result *result, const struct stack *stack,
			       const char *module)
{
	for (uint32_t i = 0; i < stack->n; i++) {
		const struct place *place = &result->stacks->places.items[stack->places[i]]->place;
		const struct module *found = modules_get(result->modules, place->module);

		if (found->kind != MODULE_NONE &&
		    str_starts_with(str_basename(found->path), module))
			return true;
	}
	return false;
}

static bool is_seen(const struct result *result, const struct singleton *singleton)
{
	vec_foreach(item, &result->sites.items) {
		const struct site_key *key = &(*item)->key;
		const struct stack *stack = stacks_get(result->stacks, key->stack);
		const char *name = result->processes.items[key->process].allocator;

		if (key->kind != singleton->kind || key->class != singleton->class ||
		    (singleton->allocator && (!name || strcmp(name, singleton->allocator) != 0)))
			continue;
		if (!singleton->module || stack_goes_through(result, stack, singleton->module))
			return true;
	}
	return false;
}

int singletons_suppress(const struct fail_on *fail_on, struct result *result, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(singletons) / sizeof(singletons[0]); i++) {
		const struct singleton *singleton = &singletons[i];

		if (fail_on->classes[singleton->kind] & 1u << singleton->class &&
		    is_seen(result, singleton))
			r = suppressions_add_own(&result->suppressions, singleton->line,
						 "one for the whole process", diag);
	}
	return r;
}
