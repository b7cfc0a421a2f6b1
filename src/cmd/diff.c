// SPDX-License-Identifier: BSD-2-Clause
/* Comparing two recordings: see diff.h. */
#include "cmd/diff.h"

#include <errno.h>

#include "cmd/output.h"
#include "cmd/replay.h"
#include "model/diff.h"
#include "report/diff.h"

static int diff_write(const void *what, enum format format, const struct report_options *options,
		      FILE *to)
{
	return format == FORMAT_TEXT ? report_diff_text(what, options, to) :
				       report_diff_json(what, to);
}

/* Both results have been judged by the options of the later run. */
static int diff_show(const struct config *config, struct result *before, struct result *now,
		     FILE *text, struct diag *diag)
{
	struct diff diff;
	int r = diff_make(before, now, &diff);

	if (r < 0)
		return r;
	r = output_write_with(config, diff_write, &diff, text, diag);
	r = r < 0 ? r : diff.leaks ? config->error_exitcode : 0;
	diff_done(&diff);
	return r;
}

static int diff_run(const struct config *config, struct diag *diag)
{
	_cleanup_(replay_closep) struct replay *before = NULL, *now = NULL;
	struct present earlier, later;
	int r = output_check(config, diag);

	if (r == 0)
		r = replay_open(config, config->report_file, &before, diag);
	if (r == 0)
		r = replay_open(config, config->diff_file, &now, diag);
	if (r < 0)
		return r;
	/* What was there before is what OLD says, whatever NEW was compared with. */
	baseline_done(&replay_result(now)->baseline);
	earlier = replay_present(before);
	later = replay_present(now);
	earlier.config = later.config;
	r = present_judge(&earlier, replay_result(before), diag);
	if (r == 0)
		r = present_judge(&later, replay_result(now), diag);
	return r < 0 ? r :
		       diff_show(later.config, replay_result(before), replay_result(now),
				 later.text, diag);
}

int cmd_diff(const struct config *config, struct diag *diag)
{
	int r = diff_run(config, diag);

	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	return r < 0 ? EXIT_CANNOT_TRACE : r;
}
