/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug files from servers: kept on behalf of the user who called sudo, if there is one. */
#ifndef LT_CMD_FETCH_H
#define LT_CMD_FETCH_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "symbol/symbolizer.h"

/*
 * Lets the symbolizer ask the servers. A sentence in DIAG says if none can be asked, which is no
 * error. 0 or -ENOMEM.
 */
int fetch_use_servers(struct symbolizer *symbolizer, struct diag *diag) _must_check_;

#endif
