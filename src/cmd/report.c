// SPDX-License-Identifier: BSD-2-Clause
/* Rendering a recording: see report.h. */
#include "cmd/report.h"

#include <errno.h>

#include "cmd/output.h"
#include "cmd/replay.h"

int cmd_report(const struct config *config, struct diag *diag)
{
	_cleanup_(replay_closep) struct replay *replay = NULL;
	int r = output_check(config, diag);

	if (r == 0)
		r = replay_open(config, config->report_file, &replay, diag);
	if (r == 0) {
		const struct present present = replay_present(replay);

		r = present_result(&present, replay_result(replay), diag);
	}
	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	if (r < 0)
		return EXIT_CANNOT_TRACE;
	/* That there are leaks is why suppressions are asked for. */
	return config->suppress ? 0 : r;
}
