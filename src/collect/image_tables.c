// SPDX-License-Identifier: BSD-2-Clause
/* Unwind tables that the programs know: see image_tables.h. */
#include "collect/image_tables.h"

#include <errno.h>

/* KEY is of MODULE from now on. */
static int image_tables_note(struct images *images, const struct module *module,
			     const struct lt_module_key *key)
{
	struct image_table *table;

	HASH_FIND(hh, images->tables, key, sizeof(*key), table);
	if (!table) {
		table = calloc(1, sizeof(*table));
		if (!table)
			return -ENOMEM;
		table->key = *key;
		HASH_ADD(hh, images->tables, key, sizeof(table->key), table);
		if (!table_added(table)) {
			free(table);
			return -ENOMEM;
		}
	}
	table->module = module->id;
	return 0;
}

int image_tables_publish(struct images *images, const struct module *module,
			 const struct lt_module_key *key)
{
	const struct images_options *options = &images->options;
	struct lt_module table;
	int r = options->module_table(options->data, module, key->offset, &table);

	if (r == 0)
		r = image_tables_note(images, module, key);
	if (r == 0)
		options->module_publish(options->publish_data, key, &table);
	return r;
}

int image_tables_prepare(struct images *images, const struct module *module, uint64_t offset)
{
	struct lt_module_key key;

	if (!images->options.module_key(images->options.data, module, offset, &key))
		return 0;
	return image_tables_publish(images, module, &key);
}

void image_tables_drop(struct images *images)
{
	const struct images_options *options = &images->options;
	struct image_table *table, *next;

	HASH_ITER(hh, images->tables, table, next) {
		if (modules_get(options->modules, table->module)->kept)
			continue;
		options->module_publish(options->publish_data, &table->key, NULL);
		HASH_DEL(images->tables, table);
		free(table);
	}
}

void image_tables_done(struct images *images)
{
	struct image_table *table, *next;

	HASH_ITER(hh, images->tables, table, next) {
		HASH_DEL(images->tables, table);
		free(table);
	}
}
