/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace oom --explain": from a log to a report; needs no rights when a file is given. */
#ifndef LT_CMD_OOM_EXPLAIN_H
#define LT_CMD_OOM_EXPLAIN_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

int oom_explain(const struct config *config, struct diag *diag) _must_check_;

#endif
