// SPDX-License-Identifier: BSD-2-Clause
/*
 * The report that a person reads: what ran, what is outstanding by call site over all
 * processes, what was missed, and the verdict in the last line.
 */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

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
	fprintf(text->to, "%s (pid %" PRIu32 ")", name, process->pid);
	return 0;
}

static void text_bytes_in_blocks(const struct text *text, uint64_t bytes, uint64_t n_blocks)
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
	fprintf(text->to, ", %s: ", units_format_ns(facts_age_ns(result, result->started_ns), age));
	return 0;
}

static int text_headline(const struct text *text)
{
	const struct result *result = text->result;
	bool attached = result->mode == MODE_ATTACH;
	char age[UNITS_TEXT_BYTES];

	text_style(text, STYLE_BOLD);
	fputs("leaktrace: ", text->to);
	if (attached && headline_attached(text) < 0)
		return -ENOMEM;
	if (result->tests.items.n) {
		text_count(text, result->tests.items.n, "test", "tests");
		fputs(", ", text->to);
	}
	if (!attached) {
		text_count(text, facts_n_processes(result), "process", "processes");
		fputs(", ", text->to);
	}
	text_count(text, result->totals.allocations, "allocation", "allocations");
	fputs(", ", text->to);
	text_count(text, result->totals.frees, "free", "frees");
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

/* " (+4.0 KiB)": what was added since the last report. */
static void group_growth(const struct text *text, const struct site_group *group)
{
	uint64_t size = (uint64_t)group->growth_bytes;
	bool shrunk = group->growth_bytes < 0;
	char bytes[UNITS_TEXT_BYTES];

	if (text->result->mode != MODE_ATTACH || text->result->n_report < 2)
		return;
	units_format_bytes(shrunk ? -size : size, bytes);
	fputs(" (", text->to);
	if (group->growth_bytes > 0)
		text_style(text, STYLE_RED);
	fprintf(text->to, "%c%s", shrunk ? '-' : '+', bytes);
	if (group->growth_bytes > 0)
		text_style(text, STYLE_NONE);
	fputc(')', text->to);
}

/* "in test NAME, " for what was born in one. */
static int group_test(const struct text *text, const struct site_group *group)
{
	const struct test *test = tests_get(&text->result->tests, group->test);
	_cleanup_free_ char *name = test ? facts_printable(test->name) : NULL;

	if (test && !name)
		return -ENOMEM;
	if (name)
		fprintf(text->to, "in test %s, ", name);
	return 0;
}

static int text_group(const struct text *text, const struct site_group *group)
{
	const struct result *result = text->result;
	const struct stack *stack = stacks_get(result->stacks, group->stack);
	char size[UNITS_TEXT_BYTES], age[UNITS_TEXT_BYTES];

	fputc('\n', text->to);
	text_style(text, STYLE_BOLD);
	fputs(units_format_bytes(group->bytes, size), text->to);
	text_style(text, STYLE_NONE);
	group_growth(text, group);
	fputs(" in ", text->to);
	text_count(text, group->n_blocks, "block", "blocks");
	fprintf(text->to, " %s, ", resource_class_name(group->class));
	if (group_test(text, group) < 0)
		return -ENOMEM;
	if (group->n_processes > 1) {
		fputs("in ", text->to);
		text_count(text, group->n_processes, "process", "processes");
	} else if (text_process(text, &result->processes.items[group->first->key.process]) < 0) {
		return -ENOMEM;
	}
	fprintf(text->to, ", oldest %s%s\n",
		units_format_ns(facts_age_ns(result, group->oldest_ns), age),
		stack->n ? ", allocated at" : "");
	return text_stack(text, stack);
}

static size_t groups_shown(const struct text *text, const struct site_groups *groups)
{
	uint64_t top = text->options->top;

	return top && groups->items.n > top ? (size_t)top : groups->items.n;
}

static int text_groups(const struct text *text, const struct site_groups *groups)
{
	for (size_t i = 0; i < groups_shown(text, groups); i++) {
		if (text_group(text, groups->items.items[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Which call sites are not shown, and which option would show them. */
static void text_hidden(const struct text *text, const struct site_groups *groups)
{
	size_t n = groups_shown(text, groups), n_hidden = text->result->n_sites_hidden;
	char size[UNITS_TEXT_BYTES];
	uint64_t bytes = 0;

	for (size_t i = n; i < groups->items.n; i++)
		bytes += groups->items.items[i]->bytes;
	if (n < groups->items.n) {
		text_count(text, groups->items.n - n, "more call site", "more call sites");
		fprintf(text->to, " (%s) not shown: --top=0 shows all\n",
			units_format_bytes(bytes, size));
	}
	if (n_hidden) {
		text_count(text, n_hidden, "call site", "call sites");
		fputs(" not shown: below --min-bytes or --min-count\n", text->to);
	}
}

/* What the numbers above do and do not mean. */
static int text_notes(const struct text *text)
{
	const struct result *result = text->result;
	const struct totals *totals = &result->totals;

	if (result->mode == MODE_RUN && totals->outstanding_blocks)
		fputs("note: outstanding is what was not released; lost and still reachable memory "
		      "are not told apart\n",
		      text->to);
	if (result->mode == MODE_ATTACH && totals->unknown_frees) {
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

/* One line for each kind of loss. */
static void text_losses(const struct text *text)
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

	text_style(text, styles[result->verdict]);
	fputs("leaktrace: ", text->to);
	text_tests_verdict(text);
	if (totals->outstanding_blocks) {
		text_bytes_in_blocks(text, totals->outstanding_bytes, totals->outstanding_blocks);
		fputs(" outstanding", text->to);
		if (result->mode == MODE_RUN)
			fputs(" at the end", text->to);
		if (incomplete)
			fputs(", as far as was seen", text->to);
	} else if (incomplete) {
		fputs("nothing outstanding was seen, but not everything was seen", text->to);
	} else if (totals->allocations == 0) {
		fputs("nothing outstanding: no allocation was made", text->to);
	} else {
		fputs("nothing outstanding", text->to);
	}
	text_exit_status(text);
	text_style(text, STYLE_NONE);
	fputc('\n', text->to);
}

static int text_body(const struct text *text)
{
	struct site_groups groups;
	int r, tests, table;

	if (text_headline(text) < 0)
		return -ENOMEM;
	tests = text_tests(text);
	table = tests < 0 ? tests : text_processes(text);
	if (table < 0 || sites_group(&text->result->sites, &groups) < 0)
		return -ENOMEM;
	r = text_groups(text, &groups);
	/* What follows stands apart, unless the report is as short as can be. */
	if (tests || table || groups.items.n)
		fputc('\n', text->to);
	if (r == 0)
		text_hidden(text, &groups);
	site_groups_done(&groups);
	return r;
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
	return fflush(to) != 0 || ferror(to) ? -EIO : 0;
}
