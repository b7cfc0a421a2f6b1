/* SPDX-License-Identifier: BSD-2-Clause */
/* A recording as the first half of a report: its result, and the options that go with it. */
#ifndef LT_CMD_REPLAY_H
#define LT_CMD_REPLAY_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "cmd/present.h"
#include "store/recording.h"

struct replay;

/* CONFIG is the command line's; what the recording has of options is used for the others. */
int replay_open(const struct config *config, const char *file, struct replay **ret_replay,
		struct diag *diag) _must_check_;
void replay_close(struct replay *replay);
DEFINE_GUARD(struct replay, replay_close)

struct result *replay_result(struct replay *replay);

/* What present_result() needs for it. */
struct present replay_present(struct replay *replay);

#endif
