// SPDX-License-Identifier: BSD-2-Clause
/* A recording, ready to be presented: see replay.h. */
#include "cmd/replay.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "cmd/fetch.h"
#include "cmd/progress.h"
#include "cmd/settings.h"
#include "cmd/symbolize.h"
#include "cmd/user.h"

struct replay {
	struct config config; /* with what the recording has of it; owns nothing */
	struct recording *recording;
	struct symbolizer *symbolizer;
	struct progress progress;
	struct selection selection;
};

/* As the user: next to a recording that was cut short, SQLite makes a file. */
static int replay_read(struct replay *replay, const char *file, struct diag *diag)
{
	struct user_rights rights;
	int r;

	user_rights_lower(&rights);
	r = recording_open(file, &replay->recording, diag);
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
static int replay_symbolize(void *data, const struct result *result, struct diag *diag)
{
	struct replay *replay = data;
	const struct symbolize symbolize = { .symbolizer = replay->symbolizer,
					     .progress = &replay->progress,
					     .file = module_file };

	if (replay->recording->complete)
		return 0;
	return symbolize_result(&symbolize, result, 0, &replay->recording->symbols, diag);
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
static int replay_suppressions(struct replay *replay, struct diag *diag)
{
	struct result *result = &replay->recording->result;

	if (!config_is_given(&replay->config, "suppressions"))
		return 0;
	return present_load(&replay->config, result, diag);
}

/* What grew between two of the marks. */
static int replay_between(struct replay *replay, struct diag *diag)
{
	const char *names = replay->config.between;
	struct result *result = &replay->recording->result;
	uint32_t first, last;

	if (!names)
		return 0;
	if (!result->marks.items.n)
		return diag_add(diag, -ENOENT, "--between: the recording has no marks");
	if (marks_find(&result->marks, names, &first, &last) < 0) {
		diag_add(diag, -ENOENT, "--between: '%s' are not two of the marks", names);
		return diag_hint(diag, "write FIRST,LAST; the report names the marks");
	}
	if (first >= last)
		return diag_add(diag, -EINVAL, "--between: '%s' is in the wrong order, or one mark",
				names);
	return marks_cut(result, first, last);
}

static int replay_prepare(struct replay *replay, struct diag *diag)
{
	struct result *result = &replay->recording->result;
	int r = settings_load(&replay->config, replay->recording, diag);

	if (r == 0)
		r = replay_suppressions(replay, diag);
	if (r == 0)
		r = replay_between(replay, diag);
	if (r < 0)
		return r;
	if (!result->scanned)
		config_fail_unscanned(&replay->config);
	replay->progress.wanted = !replay->config.quiet && isatty(STDERR_FILENO);
	replay->symbolizer = symbolizer_new();
	if (!replay->symbolizer)
		return -ENOMEM;
	symbolizer_watch(replay->symbolizer, progress_step, &replay->progress);
	r = replay->config.debuginfod ? fetch_use_servers(replay->symbolizer, diag) : 0;
	return r < 0 ? r : note_cut(replay->recording, result);
}

int replay_open(const struct config *config, const char *file, struct replay **ret_replay,
		struct diag *diag)
{
	_cleanup_(replay_closep) struct replay *replay = calloc(1, sizeof(*replay));
	int r;

	if (!replay)
		return -ENOMEM;
	replay->config = *config;
	replay->selection = (struct selection){
		.kinds = config_is_given(config, "kinds") ? config->kinds : 0,
		.classes = config->only_classes,
		.test = config->only_test,
		.module = config->only_module,
	};
	r = replay_read(replay, file, diag);
	if (r == 0)
		r = replay_prepare(replay, diag);
	if (r < 0)
		return r;
	*ret_replay = TAKE_PTR(replay);
	return 0;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	symbolizer_free(replay->symbolizer);
	recording_free(replay->recording);
	free(replay);
}

struct result *replay_result(struct replay *replay)
{
	return &replay->recording->result;
}

struct present replay_present(struct replay *replay)
{
	return (struct present){
		.config = &replay->config,
		.selection = &replay->selection,
		.text = config_uses_stdout(&replay->config) ? stderr : stdout,
		.symbolize = replay_symbolize,
		.data = replay,
	};
}
