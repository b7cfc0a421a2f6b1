// SPDX-License-Identifier: BSD-2-Clause
/* Adding up what was counted: see totals.h. */
#include "model/totals.h"

void totals_forget_blocks(struct totals *totals)
{
	totals->outstanding_bytes = totals->outstanding_blocks = 0;
	totals->lost_bytes = totals->lost_blocks = 0;
	totals->reachable_bytes = totals->reachable_blocks = 0;
}

void totals_add(struct totals *to, const struct totals *more)
{
	to->allocations += more->allocations;
	to->frees += more->frees;
	to->unknown_frees += more->unknown_frees;
	to->outstanding_bytes += more->outstanding_bytes;
	to->outstanding_blocks += more->outstanding_blocks;
	to->judged |= more->judged;
	to->lost_bytes += more->lost_bytes;
	to->lost_blocks += more->lost_blocks;
	to->reachable_bytes += more->reachable_bytes;
	to->reachable_blocks += more->reachable_blocks;
	to->fds += more->fds;
	to->fds_at_exit += more->fds_at_exit;
	to->threads += more->threads;
	to->threads_at_exit += more->threads_at_exit;
	to->mapping_bytes += more->mapping_bytes;
	to->mappings += more->mappings;
}
