/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace oom": what the OOM killer did. */
#ifndef LT_CMD_OOM_H
#define LT_CMD_OOM_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/* Returns the exit status of leaktrace. */
int cmd_oom(const struct config *config, struct diag *diag) _must_check_;

#endif
