/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder is to survive what it records. */
#ifndef LT_CMD_SURVIVAL_H
#define LT_CMD_SURVIVAL_H

#include "base/cleanup.h"
#include "base/diag.h"

/*
 * How gladly the OOM killer chooses this process, from "-1000" (never) to "1000". Returns 0 or a
 * negative errno.
 */
int survival_set(const char *score_adj);

/*
 * Never killed for memory, never waiting for a page, with memory to spare. What cannot be had is
 * told in DIAG.
 */
void survival_prepare(struct diag *diag);

#endif
