/* SPDX-License-Identifier: BSD-2-Clause */
/* How many live blocks each process may have in the table, so that one cannot push out others. */
#ifndef LT_COLLECT_LIMITS_H
#define LT_COLLECT_LIMITS_H

#include <stdint.h>

#include "collect/images.h"

struct limits {
	uint64_t max_blocks; /* of each process; 0: no limit */
	uint64_t next_ns;
};

/*
 * Tells the programs which processes have reached the limit, when it is time to look again: one
 * that allocates as fast as it can goes beyond it by what it does until then (LIMITS_EVERY_NS).
 */
void limits_step(struct limits *limits, const struct images *images, struct lt_space *spaces);

#endif
