/* SPDX-License-Identifier: BSD-2-Clause */
/* --baseline: the recording of an older run, by which only what is new fails. */
#ifndef LT_CMD_BASELINE_H
#define LT_CMD_BASELINE_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/result.h"

/*
 * Reads the call sites of the recording into RESULT, if the configuration names one. They are those
 * that a diff with it by the same options has. 0 or a negative errno.
 */
int baseline_load(const struct config *config, struct result *result,
		  struct diag *diag) _must_check_;

#endif
