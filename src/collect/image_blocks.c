// SPDX-License-Identifier: BSD-2-Clause
/* Blocks out of the table, sorted: see image_blocks.h. */
#include "collect/image_blocks.h"

static int add_block(void *data, const struct table_block *block)
{
	struct collector_image *image = data;
	struct collector_block one = { block->address, block->bytes };

	return block->shadowed ? 0 : vec_push(&image->blocks, one);
}

static int compare_blocks(const void *a, const void *b)
{
	const struct collector_block *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

/*
 * Where blocks overlap, the release of one was not seen. Which one cannot be told from here: the
 * one that begins first is left out, and gets no verdict.
 */
static void drop_overlaps(struct collector_image *image)
{
	size_t n = 0;

	vec_foreach(block, &image->blocks) {
		struct collector_block *last = n ? &image->blocks.items[n - 1] : NULL;

		if (last && last->address + (last->bytes ? last->bytes : 1) > block->address)
			n--;
		image->blocks.items[n++] = *block;
	}
	image->blocks.n = n;
}

int image_blocks(struct table *table, bool *wanted, uint32_t space, struct collector_image *ret)
{
	int r;

	wanted[space] = true;
	r = table_scan(table, wanted, false, add_block, ret);
	wanted[space] = false;
	if (r < 0)
		return r;
	if (ret->blocks.n)
		qsort(ret->blocks.items, ret->blocks.n, sizeof(*ret->blocks.items), compare_blocks);
	drop_overlaps(ret);
	return 0;
}
