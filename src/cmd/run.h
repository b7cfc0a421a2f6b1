/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace [OPTIONS] -- COMMAND": from the command's first instruction to its last process. */
#ifndef LT_CMD_RUN_H
#define LT_CMD_RUN_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/companion.h"
#include "cmd/config.h"

/* As cmd_run(); COMPANION may be NULL. */
int cmd_run_with(const struct config *config, const struct companion *companion,
		 struct diag *diag) _must_check_;

/* Returns the exit status of leaktrace. */
int cmd_run(const struct config *config, struct diag *diag) _must_check_;

#endif
