/* SPDX-License-Identifier: BSD-2-Clause */
/* The live blocks of one image, in the order of their addresses: what a scan begins with. */
#ifndef LT_COLLECT_IMAGE_BLOCKS_H
#define LT_COLLECT_IMAGE_BLOCKS_H

#include "collect/collector.h"

/* Adds the blocks of SPACE to RET->blocks. WANTED is room for table_scan(), all false. */
int image_blocks(struct table *table, bool *wanted, uint32_t space,
		 struct collector_image *ret) _must_check_;

#endif
