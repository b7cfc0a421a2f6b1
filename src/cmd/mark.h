/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace mark NAME": asks the leaktrace that is tracing for a mark. */
#ifndef LT_CMD_MARK_H
#define LT_CMD_MARK_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/* Returns the exit status of leaktrace. */
int cmd_mark(const struct config *config, struct diag *diag) _must_check_;

#endif
