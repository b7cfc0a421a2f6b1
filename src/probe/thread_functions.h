/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions of a C library make, join and detach threads. */
#ifndef LT_PROBE_THREAD_FUNCTIONS_H
#define LT_PROBE_THREAD_FUNCTIONS_H

#include "probe/allocators.h"

/*
 * Adds the functions of FILE, a C library (glibc before 2.34: its libpthread) or a static program,
 * to the places to probe in it. Wrappers of other libraries end there and need no probe of their
 * own. Returns 0 or -ENOMEM.
 */
int thread_functions_find(struct elf_file *file, const char *path,
			  struct allocator *to) _must_check_;

#endif
