/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second half of every report: what of a result is shown, what the verdict is, which names its
 * places have, and where it is written. A result that was just traced and one that was recorded go
 * through the same, so that their reports are the same.
 */
#ifndef LT_CMD_PRESENT_H
#define LT_CMD_PRESENT_H

#include <stdio.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/result.h"
#include "model/selection.h"

struct present {
	const struct config *config;
	const struct selection *selection; /* NULL: all */
	FILE *text; /* where the text goes; other formats go where the configuration says */
	/* Finds the names of the places of the result's sites, for which it may take its time. */
	int (*symbolize)(void *data, const struct result *result, struct diag *diag);
	void *data;
};

/* Fails early if a file that is needed cannot be read, or cannot be written. */
int present_check(const struct config *config, struct diag *diag) _must_check_;

/*
 * Reads into RESULT what the user knows of and does not want to fail on, if the configuration names
 * any; for each report: a user who is watching a process adds to it.
 */
int present_load(const struct config *config, struct result *result,
		 struct diag *diag) _must_check_;

/* Filters RESULT, adds notes to it and judges it. 0 or a negative errno. */
int present_judge(const struct present *present, struct result *result,
		  struct diag *diag) _must_check_;

/*
 * The same, and writes it. Returns the status that leaktrace ends with if the command ended with 0
 * (or was not run), or a negative errno.
 */
int present_result(const struct present *present, struct result *result,
		   struct diag *diag) _must_check_;

#endif
