/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace diff OLD NEW": what changed between two runs that were recorded. */
#ifndef LT_CMD_DIFF_H
#define LT_CMD_DIFF_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/* Returns the exit status of leaktrace: that of leaks if one is new that --fail-on names. */
int cmd_diff(const struct config *config, struct diag *diag) _must_check_;

#endif
