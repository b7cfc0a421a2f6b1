/* SPDX-License-Identifier: BSD-2-Clause */
/* Which unwind tables the programs know, of files that processes map: see lt_modules. */
#ifndef LT_COLLECT_IMAGE_TABLES_H
#define LT_COLLECT_IMAGE_TABLES_H

#include "collect/images.h"

/* A part of a file whose table they know. */
struct image_table {
	struct lt_module_key key;
	uint32_t module;
	UT_hash_handle hh; /* in images.tables, by key */
};

/*
 * Has the unwind table of MODULE, mapped from OFFSET of its file on, ready before the first
 * stack leads through it, if that can be. Returns 0 or -ENOMEM.
 */
int image_tables_prepare(struct images *images, const struct module *module,
			 uint64_t offset) _must_check_;

/* Tells the programs the table of MODULE, mapped from KEY.offset on. Returns 0 or -ENOMEM. */
int image_tables_publish(struct images *images, const struct module *module,
			 const struct lt_module_key *key) _must_check_;

/* Makes the programs forget the tables of modules that are not kept: see modules_keep(). */
void image_tables_drop(struct images *images);
void image_tables_done(struct images *images);

#endif
