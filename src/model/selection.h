/* SPDX-License-Identifier: BSD-2-Clause */
/* Which call sites of a result somebody wants to see, besides their size. */
#ifndef LT_MODEL_SELECTION_H
#define LT_MODEL_SELECTION_H

#include "model/result.h"

struct selection {
	uint32_t kinds;	    /* a bit per enum resource_kind; 0: all */
	uint32_t classes;   /* a bit per enum resource_class; 0: all */
	const char *test;   /* a pattern as of file names, for the name of the test; NULL: any */
	const char *module; /* the same for the path or the name of a file in the stack */
};

/* Drops the others and returns how many those were. The totals stay as they are. */
size_t selection_apply(const struct selection *selection, struct result *result);

#endif
