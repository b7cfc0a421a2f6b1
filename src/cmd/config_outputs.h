/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that reports are written to, as far as the configuration knows them: their names. */
#ifndef LT_CMD_CONFIG_OUTPUTS_H
#define LT_CMD_CONFIG_OUTPUTS_H

#include "cmd/config.h"

/* -EINVAL, with a sentence in DIAG, if two reports would be written to one place. */
int outputs_check(const struct config *config, struct diag *diag) _must_check_;

/* Leaves one report, of suppressions: to standard output unless a file is named. */
int outputs_suppress(struct config *config) _must_check_;

void outputs_done(struct config *config);

#endif
