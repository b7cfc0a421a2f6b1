/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is alive: add and remove blocks. Global functions, so that the verifier checks each of
 * them once and not at every call.
 */
#ifndef LT_BLOCKS_BPF_H
#define LT_BLOCKS_BPF_H

#include "maps.bpf.h"

/*
 * Records a block; one that is already at this address is replaced (its release was not seen,
 * which is counted). Returns 1, or 0 when there is no room at all, which is counted too.
 */
int blocks_add(__u32 space, __u64 address, const struct lt_block *block);

/* Takes a block out of the table: 1 and *RET_BLOCK, or 0 if it is not known. */
int blocks_remove(__u32 space, __u64 address, struct lt_block *ret_block);

#endif
