/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wiring of scans: processes that wait at their end go from collect/ to scan/, their blocks
 * follow, and the verdicts come back.
 */
#ifndef LT_CMD_SCANNING_H
#define LT_CMD_SCANNING_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "collect/collector.h"
#include "probe/session.h"

struct scanning;

int scanning_open(const struct config *config, struct session *session, struct collector *collector,
		  struct result *result, struct scanning **ret_scanning,
		  struct diag *diag) _must_check_;

/* Lets all processes go on that are stopped. */
void scanning_close(struct scanning *scanning);
DEFINE_GUARD(struct scanning, scanning_close)

/* Wakes its owner up through an epoll instance. */
int scanning_watch(struct scanning *scanning, int epoll_fd) _must_check_;

/*
 * Does what scans want of the owner's thread. To be called after events have been read and before
 * blocks are drained, so that the verdicts are there first.
 */
int scanning_step(struct scanning *scanning, struct diag *diag) _must_check_;

/* Scans all processes that are alive, which go on afterwards, and waits for the verdicts. */
int scanning_scan_all(struct scanning *scanning, struct diag *diag) _must_check_;

#endif
