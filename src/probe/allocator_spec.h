/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of an allocator that the user describes, because no table can know it. */
#ifndef LT_PROBE_ALLOCATOR_SPEC_H
#define LT_PROBE_ALLOCATOR_SPEC_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "probe/allocators.h"

/*
 * Adds the functions that TEXT describes, separated by blanks:
 *
 *   acquire=pool_get(size=arg1) realloc=pool_resize(block=arg0, size=arg1) release=pool_put(arg0)
 *
 * Words are acquire, realloc, resize, release, and new for what may throw; arguments count from
 * arg0 to arg4, as size, count, block, or result (where the block is stored). One without a name
 * is the block of a release, or the size of what acquires. -EINVAL with a sentence, or -ENOMEM.
 */
int allocator_spec_parse(struct allocator_spec *spec, const char *text,
			 struct diag *diag) _must_check_;
void allocator_spec_done(struct allocator_spec *spec);

#endif
