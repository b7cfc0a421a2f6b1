// SPDX-License-Identifier: BSD-2-Clause
/* Rendering a recording: see report.h. */
#include "cmd/report.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/present.h"
#include "cmd/settings.h"
#include "cmd/symbolize.h"
#include "cmd/user.h"
#include "model/selection.h"
#include "store/recording.h"

struct report {
	struct config config; /* with what the recording has of it; owns nothing */
	struct recording *recording;
	struct symbolizer *symbolizer;
	struct progress progress;
};

/* As the user: next to a recording that was cut short, SQLite makes a file. */
static int report_open(struct report *report, struct diag *diag)
{
	struct user_rights rights;
	int r;

	user_rights_lower(&rights);
	r = recording_open(report->config.report_file, &report->recording, diag);
	user_rights_restore(&rights);
	return r;
}

/* Only a file that is certainly the one that was traced: by its build-id. */
static bool module_file(void *data, const struct module *module, int *ret_fd)
{
	(void)data;
	*ret_fd = -1;
	return module->kind == MODULE_FILE && module->build_id_bytes;
}

/* A whole recording has all names, and none is looked for. */
static int report_symbolize(void *data, const struct result *result, struct diag *diag)
{
	struct report *report = data;
	const struct symbolize symbolize = { .symbolizer = report->symbolizer,
					     .progress = &report->progress,
					     .file = module_file };

	if (report->recording->complete)
		return 0;
	return symbolize_result(&symbolize, result, 0, &report->recording->symbols, diag);
}

/* Of a recording that is cut short, the end is missing, and nobody knows what was in it. */
static int note_cut(const struct recording *recording, struct result *result)
{
	time_t seconds = (time_t)(recording->written_unix_ns / 1000000000);
	char when[64] = "?";
	struct tm tm;

	if (recording->complete)
		return 0;
	result->final = false;
	result->losses.counts[LOSS_RECORDING_CUT]++;
	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	return result_note(
		result,
		"the recording has no end: leaktrace was killed, or is still at work; it "
		"was written to last at %s",
		when);
}

/* Those of the run, but for those on the command line. */
static int report_suppressions(struct report *report, struct diag *diag)
{
	struct result *result = &report->recording->result;

	if (!config_is_given(&report->config, "suppressions"))
		return 0;
	return present_load(&report->config, result, diag);
}

static int report_prepare(struct report *report, struct diag *diag)
{
	struct result *result = &report->recording->result;
	int r = settings_load(&report->config, report->recording, diag);

	if (r == 0)
		r = report_suppressions(report, diag);
	if (r < 0)
		return r;
	if (!result->scanned)
		config_fail_unscanned(&report->config);
	report->progress.wanted = !report->config.quiet && isatty(STDERR_FILENO);
	report->symbolizer = symbolizer_new();
	if (!report->symbolizer)
		return -ENOMEM;
	symbolizer_watch(report->symbolizer, progress_step, &report->progress);
	r = report->config.debuginfod ? symbolizer_use_servers(report->symbolizer, diag) : 0;
	return r == -ENOMEM ? r : note_cut(report->recording, result);
}

static int report_show(struct report *report, struct diag *diag)
{
	const struct config *config = &report->config;
	const struct selection selection = {
		.kinds = config_is_given(config, "kinds") ? config->kinds : 0,
		.classes = config->only_classes,
		.test = config->only_test,
		.module = config->only_module,
	};
	const struct present present = {
		.config = config,
		.selection = &selection,
		.text = config_uses_stdout(config) ? stderr : stdout,
		.symbolize = report_symbolize,
		.data = report,
	};

	return present_result(&present, &report->recording->result, diag);
}

int cmd_report(const struct config *config, struct diag *diag)
{
	struct report report = { .config = *config };
	int r = output_check(config, diag);

	if (r == 0)
		r = report_open(&report, diag);
	if (r == 0)
		r = report_prepare(&report, diag);
	if (r == 0)
		r = report_show(&report, diag);
	symbolizer_free(report.symbolizer);
	recording_free(report.recording);
	if (r == -ENOMEM)
		diag_add(diag, r, "out of memory");
	if (r < 0)
		return EXIT_CANNOT_TRACE;
	/* That there are leaks is why suppressions are asked for. */
	return config->suppress ? 0 : r;
}
