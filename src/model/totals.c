// SPDX-License-Identifier: BSD-2-Clause
/* Adding up what was counted: see totals.h. */
#include "model/totals.h"

void totals_forget_blocks(struct totals *totals)
{
	totals->outstanding_bytes = totals->outstanding_blocks = 0;
	totals->lost_bytes = totals->lost_blocks = 0;
	totals->reachable_bytes = totals->reachable_blocks = 0;
}

void totals_forget_mappings(struct totals *totals)
{
	totals->mapping_bytes = totals->mappings = 0;
	totals->leaked_mapping_bytes = totals->leaked_mappings = 0;
	totals->reachable_mapping_bytes = totals->reachable_mappings = 0;
}

void totals_add_mappings(struct totals *totals, uint64_t n, uint64_t bytes, bool leaked,
			 bool reachable)
{
	totals->mappings += n;
	totals->mapping_bytes += bytes;
	if (leaked) {
		totals->leaked_mappings += n;
		totals->leaked_mapping_bytes += bytes;
	} else if (reachable) {
		totals->reachable_mappings += n;
		totals->reachable_mapping_bytes += bytes;
	}
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
	to->leaked_mapping_bytes += more->leaked_mapping_bytes;
	to->leaked_mappings += more->leaked_mappings;
	to->reachable_mapping_bytes += more->reachable_mapping_bytes;
	to->reachable_mappings += more->reachable_mappings;
}
