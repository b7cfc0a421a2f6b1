/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages of another process hold anything: sanitizers reserve the whole address space and use
 * next to nothing of it. Newer kernels are asked (6.7), older ones list all pages.
 */
#ifndef LT_SCAN_POPULATED_H
#define LT_SCAN_POPULATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

enum { POPULATED_RUNS = 512 };

struct populated_run {
	uint64_t start, end; /* addresses of pages */
};

struct populated {
	int fd; /* of /proc/PID/pagemap */
	bool lists_only;
	size_t n;
	struct populated_run runs[POPULATED_RUNS];
};

/* PID may be any thread that lives. Negative errno if the kernel does not tell. */
int populated_open(struct populated *populated, pid_t pid, bool lists_only) _must_check_;
void populated_close(struct populated *populated);

/*
 * Finds the next runs of pages from *AT on, below END, lowest first: populated->runs, as many as
 * populated->n, which can be none before the end. *AT goes on to where this call has stopped: after
 * a bounded time. 0 or negative errno.
 */
int populated_next(struct populated *populated, uint64_t *at, uint64_t end) _must_check_;

#endif
