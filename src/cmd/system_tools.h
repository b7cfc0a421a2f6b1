/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tools of the machine leak when a command uses them: nobody's test is about that. */
#ifndef LT_CMD_SYSTEM_TOOLS_H
#define LT_CMD_SYSTEM_TOOLS_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/result.h"

/*
 * Adds a suppression for each tool of the system that has lost memory, the command itself aside: a
 * suite of scripts shall not fail because expr(1) leaks. Returns 0 or a negative errno.
 */
int system_tools_suppress(const struct fail_on *fail_on, struct result *result,
			  struct diag *diag) _must_check_;

#endif
