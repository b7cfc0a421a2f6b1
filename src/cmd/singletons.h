/* SPDX-License-Identifier: BSD-2-Clause */
/* What libraries make once for the whole process, and keep: no test has leaked it. */
#ifndef LT_CMD_SINGLETONS_H
#define LT_CMD_SINGLETONS_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/result.h"

/*
 * Adds a suppression for each such thing that the first test to need it seems to have leaked.
 * Returns 0 or a negative errno.
 */
int singletons_suppress(const struct fail_on *fail_on, struct result *result,
			struct diag *diag) _must_check_;

#endif
