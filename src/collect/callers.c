// SPDX-License-Identifier: BSD-2-Clause
/* Stacks without the C library's part: see callers.h. */
#include "collect/callers.h"

#include <string.h>

#include "base/str.h"

static bool is_library(const struct modules *modules, const struct place *place)
{
	static const char *const prefixes[] = {
		"libc.so",    "libc-2.",       "ld-linux",	"ld-2.",    "ld64.so",	"ld-musl-",
		"libc.musl-", "libpthread.so", "libpthread-2.", "librt.so", "librt-2.",
	};
	const struct module *module = modules_get(modules, place->module);
	const char *name = str_basename(module->path);

	if (module->kind != MODULE_FILE)
		return false;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (str_starts_with(name, prefixes[i]))
			return true;
	}
	return module_is_library(module, place->offset);
}

int callers_of(struct stacks *stacks, const struct modules *modules, uint32_t id, uint32_t *ret_id)
{
	const struct stack *stack = stacks_get(stacks, id);
	struct stack *callers;
	uint32_t skip = 0;
	int r;

	while (skip < stack->n && is_library(modules, stacks_place(stacks, stack, skip)))
		skip++;
	*ret_id = stack->id;
	if (skip == 0 || skip == stack->n)
		return 0;
	r = stacks_intern_ids(stacks, stack->places + skip, stack->n - skip, stack->end, &callers);
	if (r == 0)
		*ret_id = callers->id;
	return r;
}
