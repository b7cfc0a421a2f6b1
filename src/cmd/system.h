/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All processes of the machine, or those that the user has chosen: what the programs need to know
 * to choose among those that start, and the search for those that run already.
 */
#ifndef LT_CMD_SYSTEM_H
#define LT_CMD_SYSTEM_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "cmd/tracer.h"
#include "probe/choice.h"

struct system;

/* -EINVAL or -ESRCH, with a sentence in DIAG, if there is no such user, cgroup or container. */
int system_open(const struct config *config, struct system **ret_system,
		struct diag *diag) _must_check_;
void system_close(struct system *system);
DEFINE_GUARD(struct system, system_close)

const struct lt_choice *system_choice(const struct system *system);

/*
 * Has TRACER attach to the chosen processes that it does not trace yet. Returns how many those
 * were, or a negative errno.
 */
int system_scan(struct system *system, struct tracer *tracer, struct diag *diag) _must_check_;

#endif
