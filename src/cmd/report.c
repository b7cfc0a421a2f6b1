// SPDX-License-Identifier: BSD-2-Clause
/* Rendering a recording: see report.h. */
#include "cmd/report.h"

#include <errno.h>
#include <string.h>

#include "cmd/baseline.h"
#include "cmd/output.h"
#include "cmd/replay.h"
#include "report/report.h"

/* The baseline is that of the run, but for one on the command line. */
static int report_replay(const struct config *config, struct replay *replay, struct diag *diag)
{
	const struct present present = replay_present(replay);
	struct result *result = replay_result(replay);
	int r = 0;

	if (config_is_given(config, "baseline"))
		r = baseline_load(present.config, result, diag);
	return r < 0 ? r : present_result(&present, result, diag);
}

int cmd_report(const struct config *config, struct diag *diag)
{
	_cleanup_(replay_closep) struct replay *replay = NULL;
	int r = output_check(config, diag);

	if (r == 0)
		r = replay_open(config, config->report_file, &replay, diag);
	if (r == 0)
		r = report_replay(config, replay, diag);
	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	if (r < 0)
		return EXIT_CANNOT_TRACE;
	/* That there are leaks is why suppressions are asked for. */
	return config->suppress ? 0 : r;
}

int cmd_schema(struct diag *diag)
{
	int r = report_schema(stdout);

	if (r == 0)
		return EXIT_SUCCESS;
	diag_add(diag, r, "cannot write the schema: %s", strerror(-r));
	return EXIT_CANNOT_TRACE;
}
