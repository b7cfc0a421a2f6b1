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

/*
 * Notes in IMAGE, which is still stopped, which of its blocks are reachable by VERDICTS (NULL: that
 * is not known). As far as they are left then, the next image_blocks() adds them to RET->kept.
 */
void image_blocks_keep(struct table *table, bool *wanted, struct image *image,
		       const struct verdicts *verdicts);

/* There are verdicts on them, in their order: the number of each goes to its place. */
void image_blocks_judged(struct table *table, struct image *image);

#endif
