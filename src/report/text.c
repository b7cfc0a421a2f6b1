// SPDX-License-Identifier: BSD-2-Clause
/*
 * The report that a person reads: what ran, what is outstanding by call site over all
 * processes, what was missed, and the verdict in the last line.
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/stream.h"
#include "base/units.h"
#include "report/facts.h"

void text_style(const struct text *text, enum text_style style)
{
	static const char *const codes[] = {
		[STYLE_NONE] = "0", [STYLE_BOLD] = "1",	   [STYLE_DIM] = "2",
		[STYLE_RED] = "31", [STYLE_YELLOW] = "33", [STYLE_GREEN] = "32",
	};

	if (text->options->color)
		fprintf(text->to, "\033[%sm", codes[style]);
}

size_t text_columns(const char *string)
{
	size_t n = 0;

	for (; *string; string++)
		n += (*string & 0xc0) != 0x80;
	return n;
}

void text_widen(int *width, const char *string, size_t max)
{
	size_t n = text_columns(string);

	if (n > max)
		n = max;
	if ((int)n > *width)
		*width = (int)n;
}

void text_padded(const struct text *text, const char *string, size_t columns)
{
	size_t n = text_columns(string);

	fprintf(text->to, "%s%*s", string, n < columns ? (int)(columns - n) : 0, "");
}

void text_count(const struct text *text, uint64_t n, const char *one, const char *many)
{
	char count[UNITS_TEXT_BYTES];

	fprintf(text->to, "%s %s", units_format_count(n, count), n == 1 ? one : many);
}

int text_process(const struct text *text, const struct process *process)
{
	_cleanup_free_ char *name = facts_printable(process_name(process));

	if (!name)
		return -ENOMEM;
	if (process->n_merged) {
		fprintf(text->to, "%s (", name);
		text_count(text, process->n_merged, "process", "processes");
		fputs(" that ended)", text->to);
	} else {
		fprintf(text->to, "%s (pid %" PRIu32 ")", name, process->pid);
	}
	return 0;
}

void text_bytes_in_blocks(const struct text *text, uint64_t bytes, uint64_t n_blocks)
{
	char size[UNITS_TEXT_BYTES];

	fprintf(text->to, "%s in ", units_format_bytes(bytes, size));
	text_count(text, n_blocks, "block", "blocks");
}

/* "report 3, pid 1234 (redis-server), 5.0 s: " before the numbers of an attached report. */
static int headline_attached(const struct text *text)
{
	const struct result *result = text->result;
	char age[UNITS_TEXT_BYTES];

	fprintf(text->to, "report %" PRIu32 "%s, ", result->n_report,
		result->final ? " (the last)" : "");
	if (result->processes.n == 1) {
		const struct process *process = &result->processes.items[0];
		_cleanup_free_ char *name = facts_printable(process_name(process));

		if (!name)
			return -ENOMEM;
		fprintf(text->to, "pid %" PRIu32 " (%s)", process->pid, name);
	} else {
		text_count(text, facts_n_processes(result), "process", "processes");
	}
	fprintf(text->to, ", %s", units_format_ns(facts_age_ns(result, result->started_ns), age));
	return 0;
}

static void headline_count(const struct text *text, const char **separator, uint64_t n,
			   const char *one, const char *many)
{
	fputs(*separator, text->to);
	text_count(text, n, one, many);
	*separator = ", ";
}

static int text_headline(const struct text *text)
{
	const struct result *result = text->result;
	bool attached = result->mode != MODE_RUN;
	const char *separator = attached ? ": " : "";
	char age[UNITS_TEXT_BYTES];

	text_style(text, STYLE_BOLD);
	fputs("leaktrace: ", text->to);
	if (attached && headline_attached(text) < 0)
		return -ENOMEM;
	if (result->tests.items.n)
		headline_count(text, &separator, result->tests.items.n, "test", "tests");
	if (!attached)
		headline_count(text, &separator, facts_n_processes(result), "process", "processes");
	if (result->kinds & 1u << KIND_MEMORY) {
		headline_count(text, &separator, result->totals.allocations, "allocation",
			       "allocations");
		headline_count(text, &separator, result->totals.frees, "free", "frees");
	}
	if (!attached)
		fprintf(text->to, ", %s",
			units_format_ns(facts_age_ns(result, result->started_ns), age));
	text_style(text, STYLE_NONE);
	if (result->verdict == VERDICT_INCOMPLETE) {
		fputs("; ", text->to);
		text_style(text, STYLE_YELLOW);
		fputs("NOT complete: see below", text->to);
		text_style(text, STYLE_NONE);
		fputc('\n', text->to);
	} else {
		fputs("; nothing was missed\n", text->to);
	}
	return 0;
}

/* Which processes have no verdict, and why. */
static int text_unjudged(const struct text *text)
{
	const struct result *result = text->result;
	uint64_t top = text->options->top, n = 0;

	vec_foreach(process, &result->processes) {
		if (!process->unjudged ||
		    !(process->totals.outstanding_blocks || process->totals.mappings))
			continue;
		if (top && n++ >= top)
			continue;
		fputs("note: no verdict on what ", text->to);
		if (text_process(text, process) < 0)
			return -ENOMEM;
		fprintf(text->to, " held: %s\n", process->unjudged);
	}
	if (top && n > top) {
		fputs("note: nor on what ", text->to);
		text_count(text, n - top, "more process", "more processes");
		fputs(" held\n", text->to);
	}
	return 0;
}

int text_notes(const struct text *text)
{
	const struct result *result = text->result;
	const struct totals *totals = &result->totals;

	if (text_unjudged(text) < 0)
		return -ENOMEM;
	if (result->mode == MODE_RUN && totals->outstanding_blocks && !result->scanned)
		fputs("note: outstanding is what was not released; lost and still reachable memory "
		      "are not told apart\n",
		      text->to);
	if (result->mode != MODE_RUN && totals->unknown_frees) {
		fputs("note: ", text->to);
		text_count(text, totals->unknown_frees, "more free was of a block",
			   "more frees were of blocks");
		fputs(" from before the attach, which this report does not know\n", text->to);
	}
	vec_foreach(note, &result->notes) {
		_cleanup_free_ char *line = facts_printable(*note);

		if (!line)
			return -ENOMEM;
		fprintf(text->to, "note: %s\n", line);
	}
	return 0;
}

void text_losses(const struct text *text)
{
	const struct result *result = text->result;

	for (int i = 0; i < _LOSS_MAX; i++) {
		struct losses one = { 0 };
		char count[UNITS_TEXT_BYTES];

		one.counts[i] = result->losses.counts[i];
		if (!one.counts[i])
			continue;
		/* What only came late changed no number. */
		fprintf(text->to, "%s: ", losses_any(&one) ? "lost" : "note");
		/* The sentences are in the plural. */
		fprintf(text->to, "%s %s\n",
			one.counts[i] == 1 ? "once," : units_format_count(one.counts[i], count),
			loss_text((enum loss)i));
	}
}

static void text_exit_status(const struct text *text)
{
	int status = facts_exit_status(text->result, text->options);

	if (status > 0)
		fprintf(text->to, " (exit status %d%s)", status,
			status == text->result->exit_status ? " of the command" : "");
}

/* "1.0 KiB in 3 blocks": a part of the verdict, behind N others. */
static void held_memory(const struct text *text, uint64_t bytes, uint64_t n_blocks,
			const char *class, size_t *n)
{
	char size[UNITS_TEXT_BYTES];

	if (!n_blocks)
		return;
	fprintf(text->to, "%s%s%s in ", (*n)++ ? ", " : "",
		text->result->sample_bytes ? "about " : "", units_format_bytes(bytes, size));
	text_count(text, n_blocks, "block", "blocks");
	fprintf(text->to, " %s", class);
}

/* ", 2 threads leaked" if there are N; returns how many parts there are then. */
static size_t text_part(const struct text *text, size_t n_parts, uint64_t n, const char *one,
			const char *many, const char *what)
{
	if (n == 0)
		return n_parts;
	fputs(n_parts ? ", " : "", text->to);
	text_count(text, n, one, many);
	fprintf(text->to, " %s", what);
	return n_parts + 1;
}

/* "12.0 KiB in 3 blocks lost, 2 file descriptors leaked": returns how many parts. */
static size_t text_held(const struct text *text)
{
	static const char fd[] = "file descriptor", fds[] = "file descriptors";
	static const char mapping[] = "mapping", mappings[] = "mappings";
	const struct totals *totals = &text->result->totals;
	bool run = text->result->mode == MODE_RUN;
	uint64_t rest = totals->lost_blocks + totals->reachable_blocks;
	size_t n = 0;

	if (totals->judged && !totals->lost_blocks && totals->outstanding_blocks) {
		fputs("nothing lost", text->to);
		n++;
	}
	held_memory(text, totals->lost_bytes, totals->lost_blocks, "lost", &n);
	held_memory(text, totals->reachable_bytes, totals->reachable_blocks, "still reachable", &n);
	held_memory(text, totals->outstanding_bytes - totals->lost_bytes - totals->reachable_bytes,
		    totals->outstanding_blocks - rest, "outstanding", &n);
	if (run && totals->outstanding_blocks)
		fputs(" at the end", text->to);
	n = text_part(text, n, totals->leaked_mappings, mapping, mappings, "leaked");
	n = text_part(text, n, totals->reachable_mappings, mapping, mappings, "still reachable");
	rest = totals->leaked_mappings + totals->reachable_mappings;
	n = text_part(text, n, totals->mappings - rest, mapping, mappings, "not unmapped");
	n = text_part(text, n, totals->fds - totals->fds_at_exit, fd, fds, run ? "leaked" : "open");
	n = text_part(text, n, totals->fds_at_exit, fd, fds, "open at exit");
	n = text_part(text, n, totals->threads - totals->threads_at_exit, "thread", "threads",
		      run ? "leaked" : "not released");
	return text_part(text, n, totals->threads_at_exit, "thread", "threads", "running at exit");
}

static void text_verdict(const struct text *text)
{
	static const enum text_style styles[] = {
		[VERDICT_CLEAN] = STYLE_GREEN,
		[VERDICT_LEAKS] = STYLE_RED,
		[VERDICT_INCOMPLETE] = STYLE_YELLOW,
	};
	const struct result *result = text->result;
	const struct totals *totals = &result->totals;
	bool incomplete = result->verdict == VERDICT_INCOMPLETE;
	size_t n;

	text_style(text, styles[result->verdict]);
	fputs("leaktrace: ", text->to);
	text_tests_verdict(text);
	n = text_held(text);
	if (n && incomplete)
		fputs(", as far as was seen", text->to);
	else if (incomplete)
		fputs("nothing outstanding was seen, but not everything was seen", text->to);
	else if (!n && totals->allocations == 0 && result->kinds == 1u << KIND_MEMORY)
		fputs("nothing outstanding: no allocation was made", text->to);
	else if (!n)
		fputs("nothing outstanding", text->to);
	text_exit_status(text);
	text_style(text, STYLE_NONE);
	fputc('\n', text->to);
}

static int text_body(const struct text *text)
{
	struct site_groups groups;
	int r, tests, table, peaks;

	if (text_headline(text) < 0)
		return -ENOMEM;
	tests = text_tests(text);
	table = tests < 0 ? tests : text_processes(text);
	peaks = table < 0 ? table : text_peaks(text);
	if (peaks < 0 || sites_group(&text->result->sites, &groups) < 0)
		return -ENOMEM;
	r = text_marks(text);
	if (r == 0)
		r = text_groups(text, &groups);
	/* What follows stands apart, unless the report is as short as can be. */
	if (tests || table || peaks || groups.items.n || text->result->marks.items.n)
		fputc('\n', text->to);
	if (r == 0)
		text_groups_hidden(text, &groups);
	if (r == 0)
		r = text_suppressions(text);
	if (r == 0)
		r = text_baseline(text);
	site_groups_done(&groups);
	return r;
}

char *text_close(const struct text *text, int r, char **written)
{
	/* A stream into memory fails only without memory. */
	if (ferror(text->to))
		r = -ENOMEM;
	if (fclose(text->to) != 0 || r < 0) {
		free(*written);
		*written = NULL;
	}
	return *written;
}

int report_text(const struct result *result, const struct report_options *options, FILE *to)
{
	const struct text text = { .result = result, .options = options, .to = to };

	if (text_body(&text) < 0)
		return -ENOMEM;
	if (text_notes(&text) < 0)
		return -ENOMEM;
	text_losses(&text);
	text_verdict(&text);
	return stream_flush(to);
}
