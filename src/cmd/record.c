// SPDX-License-Identifier: BSD-2-Clause
/* The flight recorder's wiring: see record.h. */
#include "cmd/record.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "cmd/files.h"
#include "cmd/kept.h"
#include "cmd/output.h"
#include "cmd/relatives.h"
#include "cmd/survival.h"
#include "cmd/tracer.h"
#include "cmd/wait.h"
#include "collect/flight.h"
#include "model/running.h"
#include "probe/recorder.h"
#include "unwind/tables.h"
#include "base/clock.h"

/* What is remembered of stacks and files begins anew when it has become this much. */
enum { STACKS_MAX = 20000, MODULES_MAX = 2000 };

#define RENEW_NS (600ull * 1000000000)

enum { RECORD_PRIORITY = -20 };

/* Reports that are finished at the same time. */
enum { WRITERS_MAX = 4 };
#define WRITER_NS (60ull * 1000000000)

/* What stacks are made of, and what they are unwound by. */
struct atlas {
	struct modules modules;
	struct stacks stacks;
	struct files *files;
	struct unwind_tables *tables;
	uint64_t since_ns;
};

/* A process that finishes a report. */
struct writer {
	pid_t pid;
	pid_t victim;
	uint64_t until_ns;
};

struct record {
	const struct config *config;
	const char *directory;
	FILE *text;
	struct recorder *recorder;
	struct flight *flight;
	struct atlas atlas;
	struct tracer *tracer; /* that runs beside, or NULL */
	struct diag *diag;     /* of the step that is being made */
	VEC(struct writer) writers;
};

static void module_mapped(void *data, const struct module *module, pid_t pid)
{
	struct record *record = data;

	files_keep(record->atlas.files, module, pid);
}

static int module_file(void *data, const struct module *module)
{
	struct record *record = data;

	return files_fd(record->atlas.files, module);
}

static size_t unwind_raw(void *data, const struct mappings *mappings,
			 const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			 enum lt_stack_end *ret_end)
{
	struct record *record = data;

	return unwind_tables_raw(record->atlas.tables, mappings, raw, pcs, max, ret_end);
}

static int atlas_open(struct record *record, struct diag *diag)
{
	struct atlas *atlas = &record->atlas;
	/* No program reads these tables. */
	const struct unwind_tables_options options = {
		.modules = &atlas->modules,
		.module_file = module_file,
		.data = record,
	};
	int r = modules_init(&atlas->modules);

	atlas->since_ns = clock_monotonic_ns();
	if (r == 0)
		r = stacks_init(&atlas->stacks);
	if (r == 0)
		r = files_open(NULL, &atlas->files);
	if (r == 0)
		r = files_configure(atlas->files, record->config, diag);
	return r < 0 ? r : unwind_tables_open(&options, &atlas->tables);
}

static void atlas_close(struct atlas *atlas)
{
	unwind_tables_closep(&atlas->tables);
	files_closep(&atlas->files);
	modules_done(&atlas->modules);
	stacks_done(&atlas->stacks);
	*atlas = (struct atlas){ 0 };
}

/* A recorder runs for days: nothing may grow for ever. */
static int atlas_renew(struct record *record, struct diag *diag)
{
	struct atlas *atlas = &record->atlas;

	bool full = atlas->stacks.items.n >= STACKS_MAX || atlas->modules.items.n >= MODULES_MAX;
	bool old = clock_monotonic_ns() >= atlas->since_ns + RENEW_NS;

	/* A table that has no room is gone by frame pointers, which will do for a while. */
	full |= old && unwind_tables_n_refused(atlas->tables) > 0;
	if (!full || flight_is_busy(record->flight))
		return 0;
	flight_forget_stacks(record->flight);
	atlas_close(atlas);
	return atlas_open(record, diag);
}

/* One site for each stack of the report: what files_symbolize() goes through. */
static int result_fill(struct result *result, const struct flight_report *report)
{
	const struct flight_process *process = report->process;
	struct object object = { 0 };
	struct site_key key = { .kind = KIND_MAPPING };
	int r = 0;

	for (size_t i = 0; process && r == 0 && i < process->sites.n; i++) {
		key.stack = process->sites.items[i].stack;
		r = sites_add(&result->sites, &key, &object, 0);
	}
	for (size_t i = 0; process && r == 0 && i < process->refused.n; i++) {
		key.stack = process->refused.items[i].stack;
		r = sites_add(&result->sites, &key, &object, 0);
	}
	if (process && process->doing && r == 0) {
		key.stack = process->doing;
		r = sites_add(&result->sites, &key, &object, 0);
	}
	return r;
}

static int text_write(const void *what, enum format format, const struct report_options *options,
		      FILE *to)
{
	(void)format;
	putc('\n', to);
	return report_flight_text(what, options, to);
}

/* Finds the symbols, which takes a while, and writes all of the report. */
static int report_finish(struct record *record, struct flight_view *view, struct result *result)
{
	struct symbols symbols;
	int r;

	symbols_init(&symbols);
	result->symbols = &symbols;
	r = result_fill(result, view->report);
	if (r == 0)
		r = files_symbolize(record->atlas.files, result, 0, &symbols, record->diag);
	view->named = true;
	if (r == 0)
		r = kept_write(record->directory, view, record->diag);
	if (r == 0)
		r = output_write_text(record->config, text_write, view, record->text, record->diag);
	symbols_done(&symbols);
	return r;
}

/* The rest is for a process of its own: the recorder must not look away for long. */
static int report_hand_over(struct record *record, struct flight_view *view, struct result *result)
{
	pid_t pid;

	if (!view->report->process || record->writers.n >= WRITERS_MAX ||
	    vec_reserve(&record->writers, 1) < 0)
		return report_finish(record, view, result);
	fflush(record->text);
	pid = fork();
	if (pid < 0)
		return report_finish(record, view, result);
	if (pid == 0) {
		int r = setpriority(PRIO_PROCESS, 0, 0);

		/* If one has to go for its memory, it shall not be the recorder. */
		survival_set("1000");
		r = report_finish(record, view, result);

		diag_print(record->diag, stderr);
		fflush(record->text);
		_exit(r < 0);
	}
	record->writers.items[record->writers.n++] =
		(struct writer){ pid, view->report->pid, clock_monotonic_ns() + WRITER_NS };
	return 0;
}

/* Is the writer done? One that takes too long is ended: its report stays without symbols. */
static bool writer_is_done(const struct writer *writer, struct diag *diag)
{
	int status = 0;
	pid_t r = waitpid(writer->pid, &status, WNOHANG);

	if (r == 0 && clock_monotonic_ns() >= writer->until_ns) {
		kill(writer->pid, SIGKILL);
		r = waitpid(writer->pid, &status, 0);
	}
	if (r > 0 && WIFSIGNALED(status))
		diag_add(diag, -ECANCELED,
			 "the report of process %d has no names of functions: what looks them up "
			 "was killed or took too long",
			 (int)writer->victim);
	return r != 0;
}

/* Forgets the writers that are done; waits for all of them if LAST. */
static void writers_wait(struct record *record, bool last)
{
	static const struct timespec moment = { .tv_nsec = 10000000 };

	do {
		for (size_t i = 0; i < record->writers.n;) {
			if (!writer_is_done(&record->writers.items[i], record->diag)) {
				i++;
				continue;
			}
			record->writers.items[i] = record->writers.items[--record->writers.n];
			kept_prune(record->directory, record->config->keep);
		}
		if (last && record->writers.n)
			nanosleep(&moment, NULL);
	} while (last && record->writers.n);
}

static void look(void *data, pid_t pid, const char *exe, struct flight_test *ret_test)
{
	struct record *record = data;
	uint64_t environ = relatives_environ(pid, exe);

	relatives_test(pid, ret_test);
	if (environ)
		recorder_set_environ(record->recorder, pid, environ);
}

/* What the trace knows is right; what else there is was true when it was looked at. */
static int report_test(struct record *record, struct flight_report *report)
{
	struct flight_test traced = { .how = FLIGHT_HOW_TRACE };
	int r = record->tracer ? tracer_settle(record->tracer, record->diag) : 0;

	if (record->tracer && r == 0)
		r = running_tests(tracer_result(record->tracer), (uint32_t)report->pid,
				  report->time_ns, &traced.name, &traced.runner);
	if (r > 0) {
		flight_test_done(&report->test);
		report->test = traced;
	} else if (report->test_value) {
		relatives_add_variable(&report->test, LT_REC_VARIABLE_NAME, report->test_value);
	}
	return r < 0 ? r : 0;
}

/* Kept at once with places in files, and again when their names are known. */
static int reported(void *data, struct flight_report *report)
{
	struct record *record = data;
	struct symbols none;
	struct result result;
	struct flight_view view = { .report = report,
				    .result = &result,
				    .n_lost_kills = flight_n_lost_kills(record->flight) };
	int r;

	symbols_init(&none);
	result_init(&result);
	result.modules = &record->atlas.modules;
	result.stacks = &record->atlas.stacks;
	result.symbols = &none;
	r = report_test(record, report);
	if (r == 0)
		r = kept_write(record->directory, &view, record->diag);
	if (r == 0)
		r = report_hand_over(record, &view, &result);
	kept_prune(record->directory, record->config->keep);
	result_done(&result);
	symbols_done(&none);
	/* A full disk must not end the recorder. */
	return r == -ENOMEM ? r : 0;
}

static bool is_chosen_only(const struct config *config)
{
	return config->pids.n || config->comm || config->command;
}

static int open_flight(struct record *record, struct diag *diag)
{
	struct recorder_maps maps = recorder_maps(record->recorder);
	const struct config *config = record->config;
	uint64_t interval_ns = config_interval_ns(config), moments;
	struct flight_options options = {
		.events_fd = maps.events_fd,
		.raws_fd = maps.raws_fd,
		.period = maps.period,
		.losses = maps.losses,
		.modules = &record->atlas.modules,
		.stacks = &record->atlas.stacks,
		.chosen_only = is_chosen_only(config),
		.refused = true,
		.module_mapped = module_mapped,
		.unwind_raw = unwind_raw,
		.look = look,
		.reported = reported,
		.data = record,
	};

	/* As many moments as there is room for: a long history has fewer in a minute. */
	if (config->history_ns / interval_ns > FLIGHT_MAX_HISTORY)
		interval_ns = config->history_ns / FLIGHT_MAX_HISTORY;
	moments = config->history_ns / interval_ns;
	options.interval_ns = interval_ns;
	options.max_history = moments ? (uint32_t)moments : 1;
	return flight_open(&options, &record->flight, diag);
}

int record_open(const struct config *config, FILE *text, struct record **ret_record,
		struct diag *diag)
{
	_cleanup_(record_closep) struct record *record = calloc(1, sizeof(*record));
	struct recorder_options options = {
		.chosen_only = is_chosen_only(config),
		.comm = config->comm,
	};
	int r;

	if (!record)
		return -ENOMEM;
	record->config = config;
	record->text = text;
	record->directory = kept_directory(config->state_dir);
	r = kept_prepare(record->directory, diag);
	if (r == 0)
		r = atlas_open(record, diag);
	if (r == 0)
		r = recorder_open(&options, &record->recorder, diag);
	if (r == 0)
		r = open_flight(record, diag);
	if (r < 0)
		return r;
	*ret_record = TAKE_PTR(record);
	return 0;
}

void record_close(struct record *record)
{
	if (!record)
		return;
	writers_wait(record, true);
	vec_done(&record->writers);
	flight_closep(&record->flight);
	recorder_closep(&record->recorder);
	atlas_close(&record->atlas);
	free(record);
}

void record_beside(struct record *record, struct tracer *tracer)
{
	record->tracer = tracer;
}

int record_want(struct record *record, pid_t pid, bool fresh, struct diag *diag)
{
	return recorder_want(record->recorder, pid, fresh, diag);
}

int record_watch(struct record *record, int epoll_fd, struct diag *diag)
{
	int r = flight_watch(record->flight, epoll_fd);

	return r < 0 ? diag_add(diag, r, "cannot wait for events: %s", strerror(-r)) : 0;
}

int record_hurry(struct record *record, struct diag *diag)
{
	if (setpriority(PRIO_PROCESS, 0, RECORD_PRIORITY) < 0)
		diag_add(diag, -errno,
			 "the recorder cannot run before others (%s): on a busy "
			 "machine, stacks of processes that live for less than some "
			 "seconds may be missing",
			 strerror(errno));
	return recorder_own_children(record->recorder, diag);
}

int record_step(struct record *record, bool flush, struct diag *diag)
{
	int r;

	record->diag = diag;
	r = flight_poll(record->flight, flush);
	writers_wait(record, flush);
	if (r < 0)
		return diag_add(diag, r, "the recorder failed: %s", strerror(-r));
	return atlas_renew(record, diag) < 0 ? -ENOMEM : r;
}
