/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The executable mappings of one address space at one moment: turns an address into a module
 * and a file offset. Kept up to date by collect/, shared by fork until one side changes it.
 */
#ifndef LT_MODEL_MAPPINGS_H
#define LT_MODEL_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset; /* of START in the file */
	uint32_t module;
};

struct mappings {
	unsigned n_users;
	VEC(struct mapping) list; /* sorted by start, without overlaps */
};

/* An empty one with one user, or NULL. */
struct mappings *mappings_new(void);
struct mappings *mappings_ref(struct mappings *mappings);
void mappings_unref(struct mappings *mappings);
DEFINE_GUARD(struct mappings, mappings_unref)

/* A copy of its own, for a process that was forked; NULL without memory. */
struct mappings *mappings_copy(const struct mappings *mappings);

/* Adds a mapping; what it covers of older ones is gone, as mmap with MAP_FIXED does. */
int mappings_add(struct mappings *mappings, const struct mapping *mapping) _must_check_;

/* The mapping that holds ADDRESS, or NULL. */
const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address);

#endif
