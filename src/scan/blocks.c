// SPDX-License-Identifier: BSD-2-Clause
/* The page table of live blocks: see blocks.h. */
#include "scan/blocks.h"

#include <errno.h>
#include <stdlib.h>

/* The first address behind a block; one of 0 bytes still has an address of its own. */
static uint64_t block_end(const struct live_block *block)
{
	return block->start + (block->bytes ? block->bytes : 1);
}

/* The pages that a block touches lead to it, unless an earlier block is on them too. */
static int blocks_enter(struct scan_blocks *blocks, uint32_t index)
{
	const struct live_block *block = &blocks->items[index];
	uint64_t last = (block_end(block) - 1) >> BLOCKS_PAGE_SHIFT;

	for (uint64_t page = block->start >> BLOCKS_PAGE_SHIFT; page <= last; page++) {
		uint64_t region = page >> (BLOCKS_REGION_SHIFT - BLOCKS_PAGE_SHIFT);
		uint32_t *pages = blocks->regions[region];

		if (!pages) {
			pages = calloc(BLOCKS_PAGES, sizeof(*pages));
			if (!pages)
				return -ENOMEM;
			blocks->regions[region] = pages;
		}
		if (!pages[page & (BLOCKS_PAGES - 1)])
			pages[page & (BLOCKS_PAGES - 1)] = index + 1;
	}
	return 0;
}

int scan_blocks_open(struct scan_blocks *blocks, const struct live_block *items, size_t n)
{
	const uint64_t limit = 1ull << BLOCKS_ADDRESS_BITS;

	*blocks = (struct scan_blocks){ .items = items, .n = (uint32_t)n };
	if (!n)
		return 0;
	if (n >= BLOCK_NONE / 2)
		return -EINVAL;
	blocks->regions = calloc(BLOCKS_REGIONS, sizeof(*blocks->regions));
	if (!blocks->regions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r;

		if (items[i].start >= limit || items[i].bytes > limit - items[i].start ||
		    (i && items[i].start < block_end(&items[i - 1])))
			return -EINVAL;
		r = blocks_enter(blocks, (uint32_t)i);
		if (r < 0)
			return r;
	}
	blocks->least = items[0].start;
	blocks->end = block_end(&items[n - 1]);
	return 0;
}

void scan_blocks_done(struct scan_blocks *blocks)
{
	/* Not every entry: even leaktrace's own free() runs through probes while it traces. */
	for (size_t i = 0; blocks->regions && i < BLOCKS_REGIONS; i++) {
		if (blocks->regions[i])
			free(blocks->regions[i]);
	}
	free(blocks->regions);
	*blocks = (struct scan_blocks){ 0 };
}

uint32_t scan_blocks_search(const struct scan_blocks *blocks, uint64_t address)
{
	uint64_t page = address >> BLOCKS_PAGE_SHIFT;
	const uint32_t *pages = blocks->regions[page >> (BLOCKS_REGION_SHIFT - BLOCKS_PAGE_SHIFT)];
	uint32_t entry = pages ? pages[page & (BLOCKS_PAGES - 1)] : 0;
	uint32_t low, high;

	if (!entry)
		return BLOCK_NONE;
	/* At most one block of 16 bytes after the other begins on the page. */
	low = entry - 1;
	high = low + (1u << BLOCKS_PAGE_SHIFT) / 8 + 2;
	if (high > blocks->n)
		high = blocks->n;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (blocks->items[middle].start <= address)
			low = middle;
		else
			high = middle;
	}
	if (address < blocks->items[low].start || address >= block_end(&blocks->items[low]))
		return BLOCK_NONE;
	return low;
}
