// SPDX-License-Identifier: BSD-2-Clause
/* Reading a baseline: see baseline.h. */
#include "cmd/baseline.h"

#include "cmd/replay.h"

int baseline_load(const struct config *config, struct result *result, struct diag *diag)
{
	_cleanup_(replay_closep) struct replay *replay = NULL;
	struct present present;
	int r;

	if (!config->baseline)
		return 0;
	r = replay_open(config, config->baseline, &replay, diag);
	if (r < 0)
		return r;
	present = replay_present(replay);
	present.config = config;
	r = present_judge(&present, replay_result(replay), diag);
	return r < 0 ? r :
		       baseline_take(&result->baseline, config->baseline, replay_result(replay));
}
