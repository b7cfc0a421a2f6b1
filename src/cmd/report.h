/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace report FILE": the report of a run that was recorded. */
#ifndef LT_CMD_REPORT_H
#define LT_CMD_REPORT_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/* Returns the exit status of leaktrace: that of the run, had the command ended with 0. */
int cmd_report(const struct config *config, struct diag *diag) _must_check_;

/* What the JSON report consists of, on standard output. Returns the exit status. */
int cmd_schema(struct diag *diag) _must_check_;

#endif
