/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that --suppressions names. */
#ifndef LT_CMD_SUPPRESSION_FILES_H
#define LT_CMD_SUPPRESSION_FILES_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/suppressions.h"

/* Reads all of them into SUPPRESSIONS, which is empty, with the rights of the user who called. */
int suppression_files_read(const struct config *config, struct suppressions *suppressions,
			   struct diag *diag) _must_check_;

#endif
