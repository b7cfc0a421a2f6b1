/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tests were running in a process at a moment. */
#ifndef LT_MODEL_RUNNING_H
#define LT_MODEL_RUNNING_H

#include "base/cleanup.h"
#include "model/result.h"

/*
 * The test of process PID at TIME_NS, "a or b" if it is not known in which of its threads. Returns
 * 1 and *RET_NAME (fresh memory) and *RET_RUNNER, 0: it was in none, or -ENOMEM.
 */
int running_tests(const struct result *result, uint32_t pid, uint64_t time_ns, char **ret_name,
		  const char **ret_runner) _must_check_;

#endif
