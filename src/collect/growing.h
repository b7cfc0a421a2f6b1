/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An array that BPF programs read and that is as large as it has to be: the only map in a map of
 * maps, in whose place a larger one with the same items is put.
 */
#ifndef LT_COLLECT_GROWING_H
#define LT_COLLECT_GROWING_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/later.h"

struct growing {
	int outer_fd; /* the map of maps, which stays its owner's */
	uint32_t item_bytes;
	uint32_t n_max;
	/* The array; NULL: there is none yet. It moves when it grows. */
	void *memory;
	uint32_t n;
	int fd;
	/* The kernel waits until no program is in the one before, 10 to 30 ms: in a thread. */
	struct later putting;
	int fd_before; /* 0: it is closed */
};

void growing_init(struct growing *growing, int outer_fd, uint32_t item_bytes, uint32_t n_max);
void growing_done(struct growing *growing); /* also of one that is all zeros */

/*
 * Makes room for N items or more. Programs that are in the old array meanwhile see what it held.
 * -ENOSPC: N is beyond the most; else what the kernel says.
 */
int growing_reserve(struct growing *growing, uint32_t n) _must_check_;

#endif
