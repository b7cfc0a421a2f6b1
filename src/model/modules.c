// SPDX-License-Identifier: BSD-2-Clause
/* Interned modules: see modules.h. */
#include "model/modules.h"

/* Path and build-id in one string of bytes, the key of the table. */
static int modules_key(enum module_kind kind, const char *path, const uint8_t *build_id,
		       size_t build_id_bytes, char **ret_key, size_t *ret_n)
{
	size_t n_path = strlen(path);
	size_t n = 1 + build_id_bytes + n_path;
	char *key = malloc(n + 1);

	if (!key)
		return -ENOMEM;
	key[0] = (char)kind;
	if (build_id_bytes)
		memcpy(key + 1, build_id, build_id_bytes);
	memcpy(key + 1 + build_id_bytes, path, n_path + 1);
	*ret_key = key;
	*ret_n = n;
	return 0;
}

static void module_free(struct module *module)
{
	vec_done(&module->library);
	free(module->key);
	free(module->path);
	free(module);
}
DEFINE_GUARD(struct module, module_free)

int modules_init(struct modules *modules)
{
	struct module *none;

	*modules = (struct modules){ 0 };
	return modules_intern(modules, MODULE_NONE, "[unknown]", NULL, 0, &none);
}

void modules_done(struct modules *modules)
{
	HASH_CLEAR(hh, modules->by_name);
	vec_foreach(module, &modules->items)
		module_free(*module);
	vec_done(&modules->items);
}

int modules_intern(struct modules *modules, enum module_kind kind, const char *path,
		   const uint8_t *build_id, size_t build_id_bytes, struct module **ret_module)
{
	_cleanup_(module_freep) struct module *module = NULL;
	_cleanup_free_ char *key = NULL;
	size_t n;
	int r;

	if (build_id_bytes > BUILD_ID_MAX_BYTES)
		build_id_bytes = BUILD_ID_MAX_BYTES;
	r = modules_key(kind, path, build_id, build_id_bytes, &key, &n);
	if (r < 0)
		return r;
	HASH_FIND(hh, modules->by_name, key, n, *ret_module);
	if (*ret_module)
		return 0;

	module = calloc(1, sizeof(*module));
	if (!module)
		return -ENOMEM;
	module->id = modules->n_ids;
	module->kind = kind;
	module->path = strdup(path);
	if (build_id_bytes)
		memcpy(module->build_id, build_id, build_id_bytes);
	module->build_id_bytes = (uint8_t)build_id_bytes;
	if (!module->path || module->id == UINT32_MAX || vec_reserve(&modules->items, 1) < 0)
		return -ENOMEM;
	module->key = TAKE_PTR(key);
	HASH_ADD_KEYPTR(hh, modules->by_name, module->key, n, module);
	if (!table_added(module))
		return -ENOMEM;
	modules->items.items[modules->items.n++] = module;
	modules->n_ids++;
	*ret_module = TAKE_PTR(module);
	return 0;
}

struct module *modules_get(const struct modules *modules, uint32_t id)
{
	size_t low = 0, high = modules->items.n;

	if (id < high && modules->items.items[id]->id == id)
		return modules->items.items[id];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (modules->items.items[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < modules->items.n && modules->items.items[low]->id == id)
		return modules->items.items[low];
	return modules->items.items[0];
}

void modules_keep(const struct modules *modules, uint32_t id)
{
	modules_get(modules, id)->kept = true;
}

size_t modules_sweep(struct modules *modules, void (*gone)(void *data, const struct module *module),
		     void *data)
{
	size_t n = 0, n_before = modules->items.n;

	for (size_t i = 0; i < n_before; i++) {
		struct module *module = modules->items.items[i];

		if (i == 0 || module->kept) {
			module->kept = false;
			modules->items.items[n++] = module;
			continue;
		}
		gone(data, module);
		HASH_DEL(modules->by_name, module);
		module_free(module);
	}
	modules->items.n = n;
	return n_before - n;
}

bool module_is_library(const struct module *module, uint64_t offset)
{
	size_t low = 0, high = module->library.n;

	/* The last one that begins at OFFSET or before; functions do not overlap. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (module->library.items[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low && offset < module->library.items[low - 1].end;
}
