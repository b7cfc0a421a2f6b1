/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions of a file allocate and release memory, and what kind of allocator it is. */
#ifndef LT_PROBE_ALLOCATORS_H
#define LT_PROBE_ALLOCATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "probe/elf_functions.h"

/* Which program runs at a place. */
enum site_kind {
	SITE_RELEASE,	    /* entry of free */
	SITE_OTHER_RELEASE, /* entry of another function that releases */
	SITE_RET,	    /* a return instruction of the next two */
	SITE_ENTER,	    /* entry of a function whose end is seen at its return instructions */
	SITE_NEW,	    /* the same for one that may throw */
	SITE_CALL,	    /* entry and return of a function */
	/* Entries of functions of threads: see thread_functions.h; CALL is of no meaning. */
	SITE_THREAD_CREATE,
	SITE_THREAD_JOIN, /* and its return */
	SITE_THREAD_DETACH,
};

/* One place to probe. */
struct alloc_site {
	uint64_t offset; /* in the file */
	uint32_t call;	 /* see LT_CALL_KIND in abi.h */
	enum site_kind kind;
};

struct allocator {
	const char *name; /* "glibc", "jemalloc", ...; NULL: there is no malloc beside operators */
	VEC(struct alloc_site) sites;
	const char *unseen; /* a function that cannot be probed, NULL: none */
};

/* A function that the user has named: see allocator_spec.h. */
struct allocator_function {
	char *name;
	uint32_t call;
	bool found; /* by allocator_find(), in any file */
};

struct allocator_spec {
	VEC(struct allocator_function) functions;
};

/*
 * Looks for an allocator in FILE (its exported functions; for a program that is no shared library
 * also its full symbol table), and for the functions of SPEC (NULL: none), and chooses where to
 * probe them. Returns 1 and *RET, 0 if there is none, or -ENOMEM.
 */
int allocator_find(struct elf_file *file, const char *path, struct allocator_spec *spec,
		   struct allocator *ret) _must_check_;
void allocator_done(struct allocator *allocator);

/* Why none is found in FILE, a program, if its libraries have none either: what to try. */
const char *allocator_missing(struct elf_file *file);

#endif
