// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of tests in the text report: one line per test, in the order in which they ran. Of
 * those that are clean at most --top are shown. Called by text.c.
 */
#include "report/text.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"
#include "report/facts.h"

enum { MAX_NAME_COLUMNS = 60 };

enum column {
	COLUMN_LOST,
	COLUMN_REACHABLE,
	COLUMN_OUTSTANDING, /* where memory is not looked through */
	COLUMN_RETAINED,
	COLUMN_ALLOCATIONS,
	COLUMN_FDS,
	COLUMN_THREADS,
	COLUMN_MAPPINGS, /* where a test has left some */
	COLUMN_RSS,	 /* what it changed; not known of tests that are processes */
	COLUMN_PEAK,
	COLUMN_TIME,
	_COLUMN_MAX,
};

static const char *const titles[_COLUMN_MAX] = {
	[COLUMN_LOST] = "LOST",
	[COLUMN_REACHABLE] = "REACHABLE",
	[COLUMN_OUTSTANDING] = "OUTSTANDING",
	[COLUMN_RETAINED] = "RETAINED",
	[COLUMN_ALLOCATIONS] = "ALLOCATIONS",
	[COLUMN_FDS] = "FDS",
	[COLUMN_THREADS] = "THREADS",
	[COLUMN_MAPPINGS] = "MAPPINGS",
	[COLUMN_RSS] = "RSS +/-",
	[COLUMN_PEAK] = "PEAK RSS",
	[COLUMN_TIME] = "TIME",
};

/* Cells as text, "-" for none; bytes and blocks: "12.0 KiB /3". */
struct row {
	const struct test *test;
	char *name;
	char cells[_COLUMN_MAX][2 * UNITS_TEXT_BYTES];
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

static void cell_count(char *cell, uint64_t n)
{
	strcpy(cell, "-");
	if (n)
		units_format_count(n, cell);
}

/* "+1.0 MiB" */
static void cell_rss(char cell[2 * UNITS_TEXT_BYTES], const struct test *test)
{
	bool less = test->rss_delta_bytes < 0;
	uint64_t change = (uint64_t)test->rss_delta_bytes;
	char size[UNITS_TEXT_BYTES];

	strcpy(cell, "-");
	if (test->rss_known && change)
		snprintf(cell, 2 * UNITS_TEXT_BYTES, "%c%s", less ? '-' : '+',
			 units_format_bytes(less ? -change : change, size));
}

/* What is reachable is no news: who maps a file keeps it. */
static uint64_t n_mappings(const struct test *test)
{
	return test->totals.mappings - test->totals.reachable_mappings;
}

static int rows_add(struct rows *rows, const struct test *test)
{
	const struct totals *totals = &test->totals;
	struct row row = { .test = test };

	if (vec_reserve(&rows->list, 1) < 0)
		return -ENOMEM;
	row.name = facts_printable(test->name);
	if (!row.name)
		return -ENOMEM;
	cell_blocks(row.cells[COLUMN_LOST], totals->lost_bytes, totals->lost_blocks);
	cell_blocks(row.cells[COLUMN_REACHABLE], totals->reachable_bytes, totals->reachable_blocks);
	cell_blocks(row.cells[COLUMN_OUTSTANDING], totals->outstanding_bytes,
		    totals->outstanding_blocks);
	cell_blocks(row.cells[COLUMN_RETAINED], test->retained_bytes, test->retained_blocks);
	if (test->counted)
		cell_count(row.cells[COLUMN_ALLOCATIONS], totals->allocations);
	else
		strcpy(row.cells[COLUMN_ALLOCATIONS], "?");
	cell_rss(row.cells[COLUMN_RSS], test);
	cell_count(row.cells[COLUMN_FDS], totals->fds);
	cell_count(row.cells[COLUMN_THREADS], totals->threads);
	cell_blocks(row.cells[COLUMN_MAPPINGS],
		    totals->mapping_bytes - totals->reachable_mapping_bytes, n_mappings(test));
	strcpy(row.cells[COLUMN_PEAK], "-");
	strcpy(row.cells[COLUMN_TIME], "-");
	if (test->peak_rss_bytes)
		units_format_bytes(test->peak_rss_bytes, row.cells[COLUMN_PEAK]);
	if (test->end_ns)
		units_format_ns(test->end_ns - test->begin_ns, row.cells[COLUMN_TIME]);
	return vec_push(&rows->list, row);
}

static bool any_rss(const struct tests *tests)
{
	vec_foreach(test, &tests->items) {
		if (test->rss_known)
			return true;
	}
	return false;
}

static bool any_mappings(const struct result *result)
{
	vec_foreach(test, &result->tests.items) {
		if (n_mappings(test))
			return true;
	}
	return false;
}

/* Whether the column says something about what was traced. */
static bool column_is_shown(const struct text *text, enum column column)
{
	const struct result *result = text->result;
	bool memory = result->kinds & 1u << KIND_MEMORY;

	switch (column) {
	case COLUMN_LOST:
	case COLUMN_REACHABLE:
		return result->scanned && memory;
	case COLUMN_OUTSTANDING:
		return !result->scanned && memory;
	case COLUMN_RETAINED:
	case COLUMN_ALLOCATIONS:
		return memory;
	case COLUMN_RSS:
		return any_rss(&result->tests);
	case COLUMN_FDS:
		return result->kinds & 1u << KIND_FD;
	case COLUMN_MAPPINGS:
		return any_mappings(result);
	case COLUMN_THREADS:
		return result->kinds & 1u << KIND_THREAD;
	default:
		return true;
	}
}

struct widths {
	int name;
	int cells[_COLUMN_MAX];
};

static struct widths rows_widths(const struct rows *rows)
{
	struct widths w = { .name = (int)strlen("TEST") };

	for (int c = 0; c < _COLUMN_MAX; c++)
		w.cells[c] = (int)strlen(titles[c]);
	vec_foreach(row, &rows->list) {
		text_widen(&w.name, row->name, MAX_NAME_COLUMNS);
		for (int c = 0; c < _COLUMN_MAX; c++)
			text_widen(&w.cells[c], row->cells[c], SIZE_MAX);
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
	for (int c = 0; c < _COLUMN_MAX; c++) {
		if (column_is_shown(text, (enum column)c))
			fprintf(text->to, "  %*s", w->cells[c], row->cells[c]);
	}
	fputc('\n', text->to);
	return 0;
}

static int table_print(const struct text *text, const struct rows *rows, size_t n_hidden)
{
	struct widths w = rows_widths(rows);

	fputc('\n', text->to);
	text_style(text, STYLE_DIM);
	fprintf(text->to, "  %-*s", w.name, "TEST");
	for (int c = 0; c < _COLUMN_MAX; c++) {
		if (column_is_shown(text, (enum column)c))
			fprintf(text->to, "  %*s", w.cells[c], titles[c]);
	}
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

/* "TEST left 2 processes behind: sleep (pid 12), sh (pid 13)" */
static int left_print(const struct text *text, uint32_t number, const struct test *test)
{
	_cleanup_free_ char *name = facts_printable(test->name);
	const char *separator = " behind: ";

	if (!name)
		return -ENOMEM;
	fprintf(text->to, "%s left ", name);
	text_count(text, test->n_left, "process", "processes");
	vec_foreach(process, &text->result->processes) {
		if (!process->outlived_test || process->test != number)
			continue;
		fputs(separator, text->to);
		separator = ", ";
		if (text_process(text, process) < 0)
			return -ENOMEM;
	}
	fputc('\n', text->to);
	return 0;
}

/* Of tests that have left processes, those that have started them. */
static int text_left(const struct text *text)
{
	const struct tests *tests = &text->result->tests;
	uint64_t top = text->options->top, n = 0;

	for (uint32_t i = 0; i < tests->items.n; i++) {
		const struct test *test = &tests->items.items[i];

		if (!test->n_left || (top && n >= top))
			continue;
		if (n++ == 0)
			fputc('\n', text->to);
		if (left_print(text, i + 1, test) < 0)
			return -ENOMEM;
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
	if (table_print(text, &rows, tests->items.n - rows.list.n) < 0 || text_left(text) < 0)
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
