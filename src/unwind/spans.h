/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of an array that were in use once and are free: the array itself is the caller's. */
#ifndef LT_UNWIND_SPANS_H
#define LT_UNWIND_SPANS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct span {
	uint32_t first;
	uint32_t n;
};

struct spans {
	VEC(struct span) list; /* in order; between two is at least one item that is in use */
};

void spans_done(struct spans *spans);

/* The N items from FIRST on, which are in no span, are free. 0 or -ENOMEM: then they are not. */
int spans_give(struct spans *spans, uint32_t first, uint32_t n) _must_check_;

/* Takes N items out of the first span that has as many; false: none has. */
bool spans_take(struct spans *spans, size_t n, uint32_t *ret_first);

#endif
