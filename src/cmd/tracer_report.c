// SPDX-License-Identifier: BSD-2-Clause
/* What a tracer knows, at the end, at a report, and for the recording: see tracer.h. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/notes.h"
#include "cmd/present.h"
#include "cmd/singletons.h"
#include "cmd/system_tools.h"
#include "cmd/tracer.h"
#include "cmd/tracer_state.h"
#include "cmd/wait.h"
#include "model/growth.h"

int tracer_settle(struct tracer *tracer, struct diag *diag)
{
	int r = collector_poll(tracer->collector, true, diag);

	return r < 0 ? r : 0;
}

int tracer_finish(struct tracer *tracer, struct diag *diag)
{
	int r = collector_poll(tracer->collector, true, diag);

	/* Processes that are left behind must not wait for the report. */
	if (tracer->mode == MODE_RUN) {
		session_answer_holds(tracer->session, false);
		scanning_close(tracer->scanning);
		tracer->scanning = NULL;
	}
	if (r >= 0)
		r = collector_drain(tracer->collector, true);
	/* Nobody is left to be traced: the probes go while the report is made. */
	if (tracer->mode == MODE_RUN && !collector_n_live(tracer->collector))
		session_detach(tracer->session);
	return r < 0 ? r : testrun_finish(tracer->testrun);
}

size_t tracer_n_live(const struct tracer *tracer)
{
	return collector_n_live(tracer->collector);
}

static void note_running(void *data, const struct process *process)
{
	struct result *result = data;

	result_note(result, "process %u (%s) was still running when the report was made",
		    process->pid, process_name(process));
}

void tracer_note_running(struct tracer *tracer)
{
	collector_each_live(tracer->collector, note_running, &tracer->result);
}

struct result *tracer_result(struct tracer *tracer)
{
	return &tracer->result;
}

/* What could not be probed while the target ran is part of the report. */
static void note_late_failures(struct tracer *tracer)
{
	vec_foreach(line, &tracer->late.lines)
		result_note(&tracer->result, "%s", line->text);
	if (files_note_allocators(tracer->files, &tracer->result) < 0)
		log_debug(LOG_EVENTS, "a note is missing: no memory");
	notes_refused_tables(&tracer->result, unwind_tables_n_refused(tracer->tables));
	notes_forgotten(&tracer->result);
	notes_untraced(&tracer->result);
	notes_hidden(&tracer->result);
}

/* Forgets the notes after the first N: they were about one report. */
static void notes_truncate(struct result *result, size_t n)
{
	for (size_t i = n; i < result->notes.n; i++)
		free(result->notes.items[i]);
	result->notes.n = n;
}

/* What a report would say now, which the next one does not have to know of. */
static int tracer_look(struct tracer *tracer, uint64_t now_ns)
{
	int r = collector_drain(tracer->collector, true);

	return r < 0 ? r : collector_look(tracer->collector, now_ns);
}

int tracer_mark(struct tracer *tracer, const char *name, bool is_automatic, pid_t caller,
		struct diag *diag)
{
	struct result *result = &tracer->result;
	struct mark_point mark = { .is_automatic = is_automatic };
	int r = tracer_settle(tracer, diag);

	if (r < 0)
		return r;
	mark.time_ns = clock_monotonic_ns();
	r = tracer_look(tracer, mark.time_ns);
	if (r == 0)
		r = marks_take(&result->marks, result, name, &mark, (uint32_t)caller);
	return r < 0 && r != -ENOSPC ?
		       diag_add(diag, r, "cannot take the mark %s: %s", name, strerror(-r)) :
		       r;
}

void tracer_save(struct tracer *tracer)
{
	struct result *result = &tracer->result;
	uint64_t now_ns = clock_monotonic_ns();
	size_t n_notes = result->notes.n;
	int r;

	if (now_ns < saver_next_ns(tracer->saver))
		return;
	result->n_report++;
	note_late_failures(tracer);
	r = tracer_look(tracer, now_ns);
	if (r == 0)
		r = marks_add_sites(result);
	if (r == 0)
		r = peaks_add_sites(result);
	if (r == 0)
		saver_sync(tracer->saver, result, now_ns);
	else
		log_debug(LOG_EVENTS, "nothing is recorded now: %s", strerror(-r));
	notes_truncate(result, n_notes);
	result->n_report--;
}

/* Finds names: of what is shown where that would take very long, and of all for a recording. */
static int symbolize(void *data, const struct result *result, struct diag *diag)
{
	struct tracer *tracer = data;
	bool all = tracer->mode != MODE_SYSTEM || tracer->config->suppressions.n ||
		   config_wants_peaks(tracer->config) || (tracer->saver && result->final);

	return files_symbolize(tracer->files, result, all ? 0 : tracer->config->top,
			       &tracer->symbols, diag);
}

/* The recording has what the report is made of: before anything is left out, and all names. */
static int report_save(struct tracer *tracer, struct diag *diag)
{
	const struct result *result = &tracer->result;
	int r;

	if (!tracer->saver)
		return 0;
	r = symbolize(tracer, result, diag);
	if (r < 0)
		return r;
	if (result->final)
		return saver_finish(tracer->saver, result, diag);
	saver_sync(tracer->saver, result, clock_monotonic_ns());
	return 0;
}

/*
 * What grew between marks, and, where that is wanted, what processes held at their peaks and what
 * tests have kept, by call site: a recording has it too.
 */
static int add_further_sites(const struct config *config, struct result *result)
{
	int r = marks_add_sites(result);

	if (r == 0)
		r = peaks_add_sites(result);
	if (r == 0 && result->releases_apart && config_wants_retained(config))
		r = releases_add_sites(result);
	if (r == 0 && result->releases_apart && config_wants_growth(config))
		r = growth_add_sites(result);
	return r;
}

int tracer_report(struct tracer *tracer, FILE *text, struct diag *diag)
{
	const struct present present = {
		.config = tracer->config, .text = text, .symbolize = symbolize, .data = tracer
	};
	struct result *result = &tracer->result;
	int r, saved;

	result->n_report++;
	if (tracer->scanning && tracer->mode == MODE_ATTACH) {
		r = scanning_scan_all(tracer->scanning, diag);
		if (r < 0)
			return r;
	}
	r = collector_report(tracer->collector, clock_monotonic_ns());
	if (r < 0)
		return diag_add(diag, r, "cannot read the table of live blocks: %s", strerror(-r));
	r = add_further_sites(tracer->config, result);
	if (r < 0)
		return r;
	note_late_failures(tracer);
	diag_done(&tracer->late);
	r = present_load(tracer->config, result, diag);
	if (r == 0)
		r = system_tools_suppress(&tracer->config->fail_on, result, diag);
	if (r == 0)
		r = singletons_suppress(&tracer->config->fail_on, result, diag);
	if (r < 0)
		return r;
	saved = report_save(tracer, diag);
	r = present_result(&present, result, diag);
	notes_truncate(result, 0);
	return saved < 0 && r >= 0 ? saved : r;
}
