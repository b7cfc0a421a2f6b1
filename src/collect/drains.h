/* SPDX-License-Identifier: BSD-2-Clause */
/* When the blocks of processes that have ended leave the table: one pass over it serves all. */
#ifndef LT_COLLECT_DRAINS_H
#define LT_COLLECT_DRAINS_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/images.h"
#include "collect/table.h"

struct drains {
	const struct table *table;
	uint64_t next_ns;
};

/*
 * Whether a pass is due. Passes take a tenth of the time at most, unless the table would have to
 * grow for blocks of the dead, or processes would find no space.
 */
bool drains_due(const struct drains *drains, const struct images *images, uint64_t now_ns);

/* The pass that began at BEGIN_NS is over. */
void drains_over(struct drains *drains, struct images *images, uint64_t begin_ns);

#endif
