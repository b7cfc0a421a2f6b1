// SPDX-License-Identifier: BSD-2-Clause
/* Live blocks of each process: see limits.h. */
#include "collect/limits.h"

#include "base/clock.h"

#define LIMITS_EVERY_NS 20000000ull

/* What of this process is in the table. */
static uint64_t space_n_blocks(const struct lt_space *space)
{
	uint64_t n = 0, unrecorded = space->losses[LT_LOSS_PROCESS_FULL] +
				     space->losses[LT_LOSS_BLOCKS_FULL];

	for (int i = 0; i < LT_SHARDS; i++)
		n += space->counts[i].allocations - space->counts[i].frees;
	return n > unrecorded ? n - unrecorded : 0;
}

void limits_step(struct limits *limits, const struct images *images, struct lt_space *spaces)
{
	uint64_t now_ns;

	if (!limits->max_blocks)
		return;
	now_ns = clock_monotonic_ns();
	if (now_ns < limits->next_ns)
		return;
	limits->next_ns = now_ns + LIMITS_EVERY_NS;
	for (uint32_t id = 1; id < LT_MAX_SPACES; id++) {
		const struct image *image = images->by_space[id];

		if (image && !image->ended)
			spaces[id].full = space_n_blocks(&spaces[id]) >= limits->max_blocks;
	}
}
