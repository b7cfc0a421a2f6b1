/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which live block holds an address: asked for every word of the scanned memory, so it must be
 * cheap to say "none". A page table of two levels leads to the first block of a page; the rest
 * is a search among the few blocks of that page.
 */
#ifndef LT_SCAN_BLOCKS_H
#define LT_SCAN_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "model/verdicts.h"

enum {
	BLOCKS_PAGE_SHIFT = 12,
	BLOCKS_REGION_SHIFT = 30, /* a table of the second level covers 1 GiB */
	BLOCKS_ADDRESS_BITS = 47,
	BLOCKS_REGIONS = 1 << (BLOCKS_ADDRESS_BITS - BLOCKS_REGION_SHIFT),
	BLOCKS_PAGES = 1 << (BLOCKS_REGION_SHIFT - BLOCKS_PAGE_SHIFT),
};

#define BLOCK_NONE UINT32_MAX

struct scan_blocks {
	const struct live_block *items; /* not owned; sorted, without overlaps */
	uint32_t n;
	uint64_t least, end; /* all blocks are in [least, end) */
	uint32_t **regions;  /* per page: index + 1 of the first block that touches it, or 0 */
};

/* ITEMS must be sorted by start and not overlap: -EINVAL. -ENOMEM. */
int scan_blocks_open(struct scan_blocks *blocks, const struct live_block *items,
		     size_t n) _must_check_;
void scan_blocks_done(struct scan_blocks *blocks);

/* Used when ADDRESS is between the first and the last block. */
uint32_t scan_blocks_search(const struct scan_blocks *blocks, uint64_t address);

/* The block that holds ADDRESS, or BLOCK_NONE. */
static inline uint32_t scan_blocks_find(const struct scan_blocks *blocks, uint64_t address)
{
	if (address - blocks->least >= blocks->end - blocks->least)
		return BLOCK_NONE;
	return scan_blocks_search(blocks, address);
}

#endif
