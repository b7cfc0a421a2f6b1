/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of allocators, for allocator_search.c, which reads it. */
#ifndef LT_PROBE_ALLOCATOR_ROWS_H
#define LT_PROBE_ALLOCATOR_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct allocator_row {
	const char *name; /* of the function */
	uint32_t call;	  /* what it does: see LT_CALL_KIND in abi.h */
};

/* Who an allocator is, by the beginning of its file's name, else by a function that it has. */
struct allocator_identity {
	const char *file;
	const char *function;
	const char *name;
	bool is_sanitizer;
};

/* Of the C library and the like, to be looked for behind each of the prefixes ("" is one). */
extern const struct allocator_row allocator_c_rows[];
extern const size_t allocator_n_c_rows;
extern const char *const allocator_prefixes[];
extern const size_t allocator_n_prefixes;
/* Only in sanitizers. */
extern const struct allocator_row allocator_sanitizer_rows[];
extern const size_t allocator_n_sanitizer_rows;
extern const struct allocator_row allocator_other_rows[];
extern const size_t allocator_n_other_rows;
/*
 * Behind a prefix that the compiler chooses. Where there is a function with the other name, they
 * only call the C library.
 */
#define ALLOCATOR_RUST_SYSTEM "_7___rustc11___rdl_alloc"
extern const struct allocator_row allocator_rust_rows[];
extern const size_t allocator_n_rust_rows;
extern const struct allocator_identity allocator_identities[];
extern const size_t allocator_n_identities;

#endif
