/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions of a file allocate and release memory, and what kind of allocator it is. */
#ifndef LT_PROBE_ALLOCATORS_H
#define LT_PROBE_ALLOCATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "probe/elf_functions.h"

/* One place to probe. */
struct alloc_site {
	uint64_t offset;   /* in the file */
	uint32_t function; /* enum lt_function */
	const char *name;
};

enum { ALLOCATOR_MAX_SITES = 16 };

struct allocator {
	const char *name; /* "glibc", "jemalloc", ... */
	size_t n_sites;
	struct alloc_site sites[ALLOCATOR_MAX_SITES];
};

/*
 * Looks for malloc and free in FILE (its exported functions; for a program that is no shared
 * library also its full symbol table) and chooses where to probe them and their relatives.
 * Returns 1 and *RET, or 0 if FILE is no allocator.
 */
int allocator_find(struct elf_file *file, const char *path, struct allocator *ret);

#endif
