// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of tests in the text report: one line per test, in the order in which they ran. Of
 * those that are clean at most --top are shown. Called by text.c.
 */
#include "report/text.h"

#include <string.h>

#include "base/str.h"
#include "base/units.h"
#include "report/facts.h"

enum { MAX_NAME_COLUMNS = 60 };

/* A cell as text, "-" for none; bytes and blocks: "12.0 KiB /3". */
struct row {
	const struct test *test;
	char *name;
	char held[2 * UNITS_TEXT_BYTES];
	char retained[2 * UNITS_TEXT_BYTES];
	char fds[UNITS_TEXT_BYTES];
	char peak[UNITS_TEXT_BYTES];
	char time[UNITS_TEXT_BYTES];
};

struct rows {
	VEC(struct row) list;
};

static void rows_done(struct rows *rows)
{
	vec_foreach(row, &rows->list)
		free(row->name);
	vec_done(&rows->list);
}

static void cell_blocks(char cell[2 * UNITS_TEXT_BYTES], uint64_t bytes, uint64_t n_blocks)
{
	char size[UNITS_TEXT_BYTES], count[UNITS_TEXT_BYTES];

	if (n_blocks == 0)
		strcpy(cell, "-");
	else
		snprintf(cell, 2 * UNITS_TEXT_BYTES, "%s /%s", units_format_bytes(bytes, size),
			 units_format_count(n_blocks, count));
}

static int rows_add(struct rows *rows, const struct test *test)
{
	struct row row = { .test = test };

	if (vec_reserve(&rows->list, 1) < 0)
		return -ENOMEM;
	row.name = facts_printable(test->name);
	if (!row.name)
		return -ENOMEM;
	cell_blocks(row.held, test->totals.outstanding_bytes, test->totals.outstanding_blocks);
	cell_blocks(row.retained, test->retained_bytes, test->retained_blocks);
	strcpy(row.peak, "-");
	strcpy(row.time, "-");
	strcpy(row.fds, "-");
	if (test->totals.fds)
		units_format_count(test->totals.fds, row.fds);
	if (test->peak_rss_bytes)
		units_format_bytes(test->peak_rss_bytes, row.peak);
	if (test->end_ns)
		units_format_ns(test->end_ns - test->begin_ns, row.time);
	return vec_push(&rows->list, row);
}

struct widths {
	int name, held, retained, fds, peak, time;
};

static void widen(int *width, const char *string, size_t max)
{
	size_t n = text_columns(string);

	if (n > max)
		n = max;
	if ((int)n > *width)
		*width = (int)n;
}

static struct widths rows_widths(const struct rows *rows)
{
	struct widths w = {
		.name = (int)strlen("TEST"),
		.held = (int)strlen("OUTSTANDING"),
		.retained = (int)strlen("RETAINED"),
		.fds = (int)strlen("FDS"),
		.peak = (int)strlen("PEAK RSS"),
		.time = (int)strlen("TIME"),
	};

	vec_foreach(row, &rows->list) {
		widen(&w.name, row->name, MAX_NAME_COLUMNS);
		widen(&w.held, row->held, SIZE_MAX);
		widen(&w.retained, row->retained, SIZE_MAX);
		widen(&w.fds, row->fds, SIZE_MAX);
		widen(&w.peak, row->peak, SIZE_MAX);
		widen(&w.time, row->time, SIZE_MAX);
	}
	return w;
}

static int row_print(const struct text *text, const struct row *row, const struct widths *w)
{
	static const char flags[] = {
		[TEST_CLEAN] = ' ',
		[TEST_LEAKS] = '!',
		[TEST_NONE] = '?',
	};
	char flag = flags[row->test->verdict];

	if (flag != ' ')
		text_style(text, flag == '!' ? STYLE_RED : STYLE_YELLOW);
	fputc(flag, text->to);
	if (flag != ' ')
		text_style(text, STYLE_NONE);
	fputc(' ', text->to);
	text_padded(text, row->name, (size_t)w->name);
	if (row->test->reason) {
		_cleanup_free_ char *reason = facts_printable(row->test->reason);

		if (!reason)
			return -ENOMEM;
		fprintf(text->to, "  no verdict: %s\n", reason);
		return 0;
	}
	fprintf(text->to, "  %*s  %*s", w->held, row->held, w->retained, row->retained);
	if (text->result->kinds & 1u << KIND_FD)
		fprintf(text->to, "  %*s", w->fds, row->fds);
	fprintf(text->to, "  %*s  %*s\n", w->peak, row->peak, w->time, row->time);
	return 0;
}

static int table_print(const struct text *text, const struct rows *rows, size_t n_hidden)
{
	struct widths w = rows_widths(rows);

	fputc('\n', text->to);
	text_style(text, STYLE_DIM);
	fprintf(text->to, "  %-*s  %*s  %*s", w.name, "TEST", w.held, "OUTSTANDING", w.retained,
		"RETAINED");
	if (text->result->kinds & 1u << KIND_FD)
		fprintf(text->to, "  %*s", w.fds, "FDS");
	fprintf(text->to, "  %*s  %*s", w.peak, "PEAK RSS", w.time, "TIME");
	text_style(text, STYLE_NONE);
	fputc('\n', text->to);
	vec_foreach(row, &rows->list) {
		if (row_print(text, row, &w) < 0)
			return -ENOMEM;
	}
	if (n_hidden) {
		fputs("  ... and ", text->to);
		text_count(text, n_hidden, "more test that is clean", "more tests that are clean");
		fputs(": --top=0 shows all\n", text->to);
	}
	return 0;
}

int text_tests(const struct text *text)
{
	_cleanup_(rows_done) struct rows rows = { 0 };
	const struct tests *tests = &text->result->tests;
	uint64_t top = text->options->top, n_clean = 0;

	if (!tests->items.n)
		return 0;
	vec_foreach(test, &tests->items) {
		if (test->verdict == TEST_CLEAN && top && n_clean++ >= top)
			continue;
		if (rows_add(&rows, test) < 0)
			return -ENOMEM;
	}
	if (table_print(text, &rows, tests->items.n - rows.list.n) < 0)
		return -ENOMEM;
	return 1;
}

void text_tests_verdict(const struct text *text)
{
	const struct tests *tests = &text->result->tests;
	size_t n_leaking = 0, n_silent = 0;
	char count[UNITS_TEXT_BYTES];

	if (!tests->items.n)
		return;
	vec_foreach(test, &tests->items) {
		n_leaking += test->verdict == TEST_LEAKS;
		n_silent += test->verdict == TEST_NONE;
	}
	fprintf(text->to, "%s of ", units_format_count(n_leaking, count));
	text_count(text, tests->items.n, "test", "tests");
	fputs(" leaked", text->to);
	if (n_silent)
		fprintf(text->to, ", %s without a verdict", units_format_count(n_silent, count));
	fputs(": ", text->to);
}
