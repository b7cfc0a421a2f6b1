/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own records of mapped files, forks and execs: a dummy perf event per CPU. They
 * carry the path and build-id of each file at the moment it was mapped, so that addresses can
 * be turned into files even when the process lived for a millisecond.
 */
#ifndef LT_COLLECT_PERF_RINGS_H
#define LT_COLLECT_PERF_RINGS_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "collect/record.h"

struct perf_rings;

int perf_rings_open(struct perf_rings **ret_rings, struct diag *diag) _must_check_;
void perf_rings_close(struct perf_rings *rings);
DEFINE_GUARD(struct perf_rings, perf_rings_close)

/* Adds the rings' descriptors to an epoll instance. */
int perf_rings_watch(struct perf_rings *rings, int epoll_fd) _must_check_;

/*
 * Appends what has arrived. *RET_LOST is increased by the number of records that the kernel had
 * no room for. Returns 0 or -ENOMEM.
 */
int perf_rings_read(struct perf_rings *rings, struct records *to, uint64_t *ret_lost) _must_check_;

#endif
