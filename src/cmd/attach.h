/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace -p PID": what running processes hold, by call site, now and again. */
#ifndef LT_CMD_ATTACH_H
#define LT_CMD_ATTACH_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/companion.h"
#include "cmd/config.h"

/* As cmd_attach(), with one report at the end; COMPANION may be NULL. */
int cmd_attach_with(const struct config *config, const struct companion *companion,
		    struct diag *diag) _must_check_;

/* Returns the exit status of leaktrace. */
int cmd_attach(const struct config *config, struct diag *diag) _must_check_;

#endif
