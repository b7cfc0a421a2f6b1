// SPDX-License-Identifier: BSD-2-Clause
/*
 * Descriptors that a library opens when it is first needed and has no way to close: see
 * singletons.h. Memory of this kind needs no list, as it is reachable.
 */
#include "cmd/singletons.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *module; /* begins the name of its file */
	const char *line;
} singletons[] = {
	/* The main loop of Qt and GTK. */
	{ "libglib-2.0.so", "fd:^g_main_context_default$" },
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

static bool is_seen(const struct result *result, const char *module)
{
	vec_foreach(item, &result->sites.items) {
		const struct site_key *key = &(*item)->key;

		if (key->kind == KIND_FD && key->class == CLASS_LEAKED &&
		    stack_goes_through(result, stacks_get(result->stacks, key->stack), module))
			return true;
	}
	return false;
}

int singletons_suppress(const struct fail_on *fail_on, struct result *result, struct diag *diag)
{
	int r = 0;

	if (!(fail_on->classes[KIND_FD] & 1u << CLASS_LEAKED))
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(singletons) / sizeof(singletons[0]); i++) {
		if (is_seen(result, singletons[i].module))
			r = suppressions_add_own(&result->suppressions, singletons[i].line,
						 "one for the whole process", diag);
	}
	return r;
}
