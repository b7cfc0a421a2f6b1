// SPDX-License-Identifier: BSD-2-Clause
/* Picks the verb and turns its result into an exit status. */
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "cmd/attach.h"
#include "cmd/config.h"
#include "cmd/diff.h"
#include "cmd/doctor.h"
#include "cmd/mark.h"
#include "cmd/oom.h"
#include "cmd/report.h"
#include "cmd/run.h"
#include "cmd/streams.h"
#include "cmd/test_options.h"

static int run_verb(const struct config *config, struct diag *diag)
{
	if (test_options_check(config, diag) < 0)
		return EXIT_USAGE;
	switch (config->verb) {
	case VERB_RUN:
		return cmd_run(config, diag);
	case VERB_ATTACH:
		return cmd_attach(config, diag);
	case VERB_DOCTOR:
		return cmd_doctor(stdout);
	case VERB_REPORT:
		return cmd_report(config, diag);
	case VERB_DIFF:
		return cmd_diff(config, diag);
	case VERB_SCHEMA:
		return cmd_schema(diag);
	case VERB_MARK:
		return cmd_mark(config, diag);
	case VERB_OOM:
		return cmd_oom(config, diag);
	}
	return EXIT_USAGE;
}

/* What went to standard output has to arrive there. */
static int check_written(int status, struct diag *diag)
{
	int r = stream_flush(stdout);

	if (r == 0 || status == EXIT_CANNOT_TRACE)
		return status;
	diag_add(diag, r, "cannot write to standard output: %s", strerror(-r));
	return EXIT_CANNOT_TRACE;
}

int main(int argc, char **argv)
{
	struct diag diag = { 0 };
	struct config config;
	bool runs;
	int status;

	streams_reserve();
	config_init(&config);
	status = config_parse(&config, argc, argv, &diag);
	diag_print(&diag, stderr);
	runs = status == 0 && config.verb == VERB_RUN;
	status = status > 0 ? status - 1 : run_verb(&config, &diag);
	/* A run has seen to its own reports, and has the status of the command. */
	if (!runs)
		status = check_written(status, &diag);
	diag_print(&diag, stderr);
	diag_done(&diag);
	config_done(&config);
	return status;
}
