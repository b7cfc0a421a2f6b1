/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lost or still reachable: the verdict on the live blocks of a stopped process.
 */
#ifndef LT_SCAN_SCAN_H
#define LT_SCAN_SCAN_H

#include <stdint.h>

#include "base/cleanup.h"
#include "scan/blocks.h"
#include "scan/mark.h"
#include "scan/roots.h"

struct scan_request {
	struct roots_request roots;
	const struct live_block *blocks; /* sorted by start, without overlaps */
	size_t n_blocks;
	uint64_t tag_mask; /* bits of a pointer that are not part of the address */
	uint64_t deadline_ns;
	unsigned n_threads;
};

/* A verdict on each block, in the order of the request's. */
struct scan_result {
	struct mark mark;
	struct roots roots;
	uint64_t older_bytes;	     /* allocator's memory from before the trace, taken as roots */
	uint64_t n_unreadable_pages; /* swapped to a device that is gone, cut files */
};

/*
 * Memory: 41 bytes a block, and 16 for each to which a root leads, 4 a pointer between blocks (at
 * most SCAN_MAX_POINTERS), 1 MiB for each GiB of addresses that has blocks. -ETIME: not done by the
 * deadline; -E2BIG: too many pointers; -ESRCH: the process is gone; -ENOMEM.
 */
#define SCAN_MAX_POINTERS (256u << 20)

int scan_run(const struct scan_request *request, struct scan_result *ret) _must_check_;
void scan_result_done(struct scan_result *result);

#endif
