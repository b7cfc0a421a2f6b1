/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that change a report and not what was traced. A recording keeps those of its run, so
 * that its report is the one that the run had; the command line of "leaktrace report" wins.
 */
#ifndef LT_CMD_SETTINGS_H
#define LT_CMD_SETTINGS_H

#include "base/diag.h"
#include "cmd/config.h"
#include "store/recording.h"
#include "store/store.h"

int settings_save(const struct config *config, struct store *store, struct diag *diag) _must_check_;

int settings_load(struct config *config, const struct recording *recording,
		  struct diag *diag) _must_check_;

#endif
