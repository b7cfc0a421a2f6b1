/* SPDX-License-Identifier: BSD-2-Clause */
/* The live blocks of one image, in the order of their addresses: what a scan begins with. */
#ifndef LT_COLLECT_IMAGE_BLOCKS_H
#define LT_COLLECT_IMAGE_BLOCKS_H

#include "collect/collector.h"

/*
 * Adds the blocks of IMAGE to RET->blocks, and notes in image->judged where each of them is. WANTED
 * is room for table_scan(), all false.
 */
int image_blocks(struct table *table, bool *wanted, struct image *image,
		 struct collector_image *ret) _must_check_;

/* There are verdicts on them, in their order: the number of each goes to its place. */
void image_blocks_judged(struct table *table, struct image *image);

#endif
