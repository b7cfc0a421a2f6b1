/* SPDX-License-Identifier: BSD-2-Clause */
/* The places in files whose functions and lines a report needs. */
#ifndef LT_CMD_PLACES_H
#define LT_CMD_PLACES_H

#include "base/cleanup.h"
#include "model/result.h"

struct places {
	VEC(struct place) list;
};

void places_done(struct places *places);

/*
 * Every place of the result's sites that SYMBOLS does not have, sorted, each once; TOP: of the
 * so many largest call sites, 0: of all, with those of marks that are recorded. 0 or -ENOMEM.
 */
int places_collect(const struct result *result, size_t top, struct symbols *symbols,
		   struct places *places) _must_check_;

#endif
