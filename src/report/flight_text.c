// SPDX-License-Identifier: BSD-2-Clause
/*
 * A report of the flight recorder for people: who was killed by whom, what it had, how it came to
 * that, and the stacks that its memory came from.
 */
#include "report/flight.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/stream.h"
#include "base/units.h"
#include "report/facts.h"
#include "report/text.h"

enum { LABEL = 14, MOMENTS = 8 };

static const char *size_text(uint64_t bytes, char to[UNITS_TEXT_BYTES])
{
	return bytes == OOM_UNKNOWN ? "?" : units_format_bytes(bytes, to);
}

char *report_flight_line(const struct flight_report *report)
{
	_cleanup_free_ char *name = facts_printable(report->name[0] ? report->name : "?");
	_cleanup_free_ char *sender = facts_printable(report->sender_name);

	if (!name || !sender)
		return NULL;
	switch (report->end) {
	case FLIGHT_OOM:
		return str_printf("the OOM killer killed %s (pid %d)", name, (int)report->pid);
	case FLIGHT_KILLED:
		return str_printf("not the OOM killer: %s (pid %d) sent SIGKILL to %s (pid %d)",
				  *sender ? sender : "the kernel", (int)report->sender, name,
				  (int)report->pid);
	default:
		return str_printf("not the OOM killer: a request for memory of %s (pid %d) was "
				  "refused, and it ended",
				  name, (int)report->pid);
	}
}

static void label(FILE *to, const char *name)
{
	fprintf(to, "  %-*s", LABEL - 2, name);
}

static int strv_write(FILE *to, const char *name, char *const *strings, bool cut)
{
	if (!strings)
		return 0;
	label(to, name);
	for (char *const *s = strings; *s; s++) {
		_cleanup_free_ char *word = facts_printable(*s);

		if (!word)
			return -ENOMEM;
		fprintf(to, "%s%s", s == strings ? "" : " ", word);
	}
	fputs(cut ? " ...\n" : "\n", to);
	return 0;
}

static int test_write(const struct flight_report *report, FILE *to)
{
	const struct flight_test *test = &report->test;
	_cleanup_free_ char *name = test->name ? facts_printable(test->name) : NULL;

	label(to, "test");
	if (!test->name) {
		fputs("not known: neither it nor what started it is a test that leaktrace knows\n",
		      to);
		return 0;
	}
	if (!name)
		return -ENOMEM;
	fprintf(to, "%s (%s, ", name, test->runner);
	if (test->how == FLIGHT_HOW_VARIABLE)
		fprintf(to, "by %s in its environment)\n", test->variable);
	else if (test->how == FLIGHT_HOW_COMMAND)
		fputs("by its command or that of what started it)\n", to);
	else
		fputs("seen by the trace)\n", to);
	return 0;
}

static void memory_write(const struct flight_report *report, FILE *to)
{
	const struct oom_victim *victim = &report->victim;
	char size[UNITS_TEXT_BYTES];

	if (victim->anon_bytes == OOM_UNKNOWN)
		return;
	label(to, "memory");
	fprintf(to, "%s anonymous, ", size_text(victim->anon_bytes, size));
	fprintf(to, "%s file, ", size_text(victim->file_bytes, size));
	fprintf(to, "%s shared memory", size_text(victim->shmem_bytes, size));
	if (victim->page_table_bytes != OOM_UNKNOWN)
		fprintf(to, ", %s page tables", size_text(victim->page_table_bytes, size));
	if (victim->has_score_adj)
		fprintf(to, "; oom_score_adj %d", victim->score_adj);
	putc('\n', to);
}

static int cgroup_write(const struct flight_report *report, FILE *to)
{
	_cleanup_free_ char *cgroup = report->cgroup ? facts_printable(report->cgroup) : NULL;
	char size[UNITS_TEXT_BYTES];

	if (!report->cgroup)
		return 0;
	if (!cgroup)
		return -ENOMEM;
	label(to, "cgroup");
	fprintf(to, "%s", cgroup);
	if (report->cgroup_limit != OOM_UNKNOWN)
		fprintf(to, ", limit %s", size_text(report->cgroup_limit, size));
	putc('\n', to);
	return 0;
}

static int sender_write(const struct flight_report *report, FILE *to)
{
	_cleanup_free_ char *name = facts_printable(report->sender_name);

	if (report->end == FLIGHT_REFUSED || !report->sender)
		return 0;
	if (!name)
		return -ENOMEM;
	label(to, report->end == FLIGHT_OOM ? "request" : "sender");
	fprintf(to, "%s (pid %d)%s\n", name, (int)report->sender,
		report->end == FLIGHT_OOM ? " asked for memory last" : "");
	return strv_write(to, "", report->sender_command, report->sender_cut);
}

/* Of the cgroup, where that is known. */
static const char *pressure_text(const struct flight_vitals *vitals, char to[UNITS_TEXT_BYTES])
{
	uint64_t permille = vitals->pressure_permille != OOM_UNKNOWN ?
				    vitals->pressure_permille :
				    vitals->system_pressure_permille;

	if (permille == OOM_UNKNOWN)
		return "?";
	snprintf(to, UNITS_TEXT_BYTES, "%.1f %%", (double)permille / 10);
	return to;
}

/* A few moments of the history, the last one always among them. */
static void history_write(const struct flight_report *report, FILE *to)
{
	const struct flight_process *process = report->process;
	uint32_t n = 0, shown;

	if (!process)
		return;
	while (flight_process_vitals(process, n))
		n++;
	if (n == 0)
		return;
	shown = n < MOMENTS ? n : MOMENTS;
	label(to, "history");
	fprintf(to, "%10s %10s %10s %8s %6s %10s %9s\n", "BEFORE", "ANON", "SHMEM", "THREADS",
		"FDS", "CGROUP", "PRESSURE");
	for (uint32_t i = 0; i < shown; i++) {
		uint32_t at = shown == 1 ? n - 1 : (uint32_t)((uint64_t)i * (n - 1) / (shown - 1));
		const struct flight_vitals *v = flight_process_vitals(process, at);
		uint64_t age = report->time_ns > v->time_ns ? report->time_ns - v->time_ns : 0;
		char ago[UNITS_TEXT_BYTES], anon[UNITS_TEXT_BYTES], shmem[UNITS_TEXT_BYTES],
			used[UNITS_TEXT_BYTES], pressure[UNITS_TEXT_BYTES];

		fprintf(to, "%*s%10s %10s %10s %8" PRId64 " %6" PRId64 " %10s %9s\n", LABEL, "",
			units_format_ns(age, ago), size_text(v->anon_bytes, anon),
			size_text(v->shmem_bytes, shmem), (int64_t)v->n_threads, (int64_t)v->n_fds,
			size_text(v->cgroup_bytes, used), pressure_text(v, pressure));
	}
}

static void others_write(const struct flight_report *report, FILE *to)
{
	vec_foreach(other, &report->others) {
		_cleanup_free_ char *name = facts_printable(other->name);
		_cleanup_free_ char *test = other->test ? facts_printable(other->test) : NULL;
		char size[UNITS_TEXT_BYTES];

		label(to, other == report->others.items ? "others" : "");
		fprintf(to, "%10s  %s (pid %d)%s%s\n", size_text(other->bytes, size),
			name ? name : "?", (int)other->pid, test ? ", test " : "",
			test ? test : "");
	}
}

static int site_write(const struct text *text, const struct flight_site *site, uint64_t total)
{
	char size[UNITS_TEXT_BYTES];

	fprintf(text->to, "    %s", size_text(site->bytes, size));
	if (total)
		fprintf(text->to, ", %.0f %%", 100.0 * (double)site->bytes / (double)total);
	fprintf(text->to, ", in %" PRIu64 " sample%s, first touched at\n", site->n_samples,
		site->n_samples == 1 ? "" : "s");
	return text_stack(text, stacks_get(text->result->stacks, site->stack));
}

static void rest_write(FILE *to, uint64_t bytes, const char *what)
{
	char size[UNITS_TEXT_BYTES];

	if (bytes)
		fprintf(to, "    %s %s\n", size_text(bytes, size), what);
}

static int sites_write(const struct text *text, const struct flight_report *report)
{
	const struct flight_process *process = report->process;
	uint64_t total = flight_report_bytes(report), top = text->options->top, hidden = 0;
	char size[UNITS_TEXT_BYTES];
	int r = 0;

	fprintf(text->to, "\nwhere its %s came from: ", size_text(total, size));
	if (!process || process->n_samples == 0) {
		fputs("not known, it was never sampled\n", text->to);
		return 0;
	}
	fprintf(text->to,
		"estimated from %" PRIu64 " samples, at last one page fault of %" PRIu32 "\n",
		process->n_samples, report->period);
	for (size_t i = 0; r == 0 && i < process->sites.n; i++) {
		const struct flight_site *site = &process->sites.items[i];

		if ((top == 0 || i < top) && site->bytes)
			r = site_write(text, site, total);
		else
			hidden += site->bytes;
	}
	rest_write(text->to, hidden, "from places that are not shown");
	rest_write(text->to, process->other_bytes,
		   "from further places, which were not told apart");
	rest_write(text->to, process->before_bytes,
		   process->before_is_parents ? "it had from the process that it was forked from" :
						"it had before the recorder saw it");
	if (total != OOM_UNKNOWN && total > process->last_bytes)
		rest_write(text->to, total - process->last_bytes, "it took after the last sample");
	else if (total != OOM_UNKNOWN && total < process->last_bytes)
		rest_write(text->to, process->last_bytes - total,
			   "more than the kernel says at the end: pages were swapped out or freed "
			   "meanwhile");
	return r;
}

static int refused_write(const struct text *text, const struct flight_process *process)
{
	int r = 0;

	if (!process || process->refused.n == 0)
		return 0;
	fputs("\nrequests for memory that were refused (ENOMEM: a limit of the process, such as "
	      "ulimit -v, or of overcommit)\n",
	      text->to);
	vec_foreach(site, &process->refused) {
		char size[UNITS_TEXT_BYTES];

		if (r < 0)
			return r;
		fprintf(text->to, "    %" PRIu64 " time%s, up to %s, at\n", site->n_samples,
			site->n_samples == 1 ? "" : "s", size_text(site->bytes, size));
		r = text_stack(text, stacks_get(text->result->stacks, site->stack));
	}
	return r;
}

static int head_write(const struct text *text, const struct flight_report *report)
{
	_cleanup_free_ char *line = report_flight_line(report);
	time_t seconds = (time_t)(report->time_unix_ns / 1000000000);
	char stamp[32] = "?";
	struct tm tm;

	if (!line)
		return -ENOMEM;
	if (localtime_r(&seconds, &tm))
		strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	text_style(text, STYLE_BOLD);
	fprintf(text->to, "%s  %s\n", stamp, line);
	text_style(text, STYLE_NONE);
	return 0;
}

int report_flight_text(const struct flight_view *view, const struct report_options *options,
		       FILE *to)
{
	const struct flight_report *report = view->report;
	const struct text text = { .result = view->result, .options = options, .to = to };
	int r = head_write(&text, report);

	if (r == 0 && report->process)
		r = strv_write(to, "command", report->process->command, false);
	if (r == 0)
		r = test_write(report, to);
	memory_write(report, to);
	if (r == 0)
		r = cgroup_write(report, to);
	if (r == 0)
		r = sender_write(report, to);
	history_write(report, to);
	others_write(report, to);
	if (r == 0)
		r = sites_write(&text, report);
	if (r == 0)
		r = refused_write(&text, report->process);
	if (r == 0 && report->process && report->process->doing) {
		fputs("\nwhat a thread of it was doing when it died\n", to);
		r = text_stack(&text, stacks_get(view->result->stacks, report->process->doing));
	}
	if (!view->named)
		fputs("\nthe names of functions are looked up next; where this line stays, "
		      "that was not finished\n",
		      to);
	if (report->lost_samples)
		fprintf(to,
			"\n%" PRIu64 " samples of all processes were lost since the start: too "
			"many at once\n",
			report->lost_samples);
	if (view->n_lost_kills)
		fprintf(to, "%" PRIu64 " events of kills and ends were lost since the start\n",
			view->n_lost_kills);
	if (r < 0)
		return r;
	return stream_flush(to);
}
