/* SPDX-License-Identifier: BSD-2-Clause */
/* The options about tests: which frameworks are looked for, and what the user has named. */
#ifndef LT_CMD_TEST_OPTIONS_H
#define LT_CMD_TEST_OPTIONS_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "testrun/testrun.h"

struct testrun_options test_options(const struct config *config);

/* 0, or wrong usage: -EINVAL with a sentence, or -ENOMEM. */
int test_options_check(const struct config *config, struct diag *diag) _must_check_;

#endif
