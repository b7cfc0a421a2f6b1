/* SPDX-License-Identifier: BSD-2-Clause */
/* What options change in the environment that COMMAND inherits. */
#ifndef LT_CMD_ENVIRONMENT_H
#define LT_CMD_ENVIRONMENT_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/*
 * Changes leaktrace's own environment, before COMMAND is started: --python and --repeat. Returns 0
 * or a negative errno.
 */
int environment_prepare(const struct config *config, struct diag *diag) _must_check_;

#endif
