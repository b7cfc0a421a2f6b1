// SPDX-License-Identifier: BSD-2-Clause
/* When the table is rid of the dead: see drains.h. */
#include "collect/drains.h"

#include "base/clock.h"

enum {
	DRAIN_PAUSE_NS = 10000000,
	/* Of the table: a pass looks at as many places for each block that it takes out. */
	DEAD_SHARE = 8,
};

bool drains_due(const struct drains *drains, const struct images *images, uint64_t now_ns)
{
	return now_ns >= drains->next_ns || images->n_ended >= LT_MAX_SPACES / 2 ||
	       images->n_ended_blocks >= table_slots(drains->table) / DEAD_SHARE;
}

void drains_over(struct drains *drains, struct images *images, uint64_t begin_ns)
{
	uint64_t end_ns = clock_monotonic_ns();

	images->n_ended_blocks = 0;
	drains->next_ns = end_ns + 9 * (end_ns - begin_ns) + DRAIN_PAUSE_NS;
}
