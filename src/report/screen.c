// SPDX-License-Identifier: BSD-2-Clause
/* The live view: what is drawn, and what keys do. See screen.h. */
#include "report/screen.h"

#include <ctype.h>
#include <stdio.h>

#include "base/str.h"
#include "base/units.h"
#include "report/text.h"

/* What a name needs at least; a narrower terminal cuts lines. */
enum { SCREEN_MIN_WIDTH = 60 };

static const char *const screen_sorts[_SORT_MAX] = {
	[SORT_GROWTH] = "growth",
	[SORT_HELD] = "bytes",
	[SORT_COUNT] = "count",
	[SORT_AGE] = "age",
};

/* --- which rows, in which order ------------------------------------------------------------- */

static bool row_matches(const struct screen *screen, const struct screen_row *row)
{
	if (screen->view == VIEW_SITES && screen->only && row->kind != screen->only - 1)
		return false;
	return strcasestr(row->name, screen->filter) ||
	       (row->words && strcasestr(row->words, screen->filter));
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? 1 : -(a > b);
}

/* Largest first. What has grown alike is told apart by what it holds, and that by its name. */
static int compare_rows(const void *a, const void *b, void *data)
{
	const struct screen_row *one = *(struct screen_row *const *)a;
	const struct screen_row *other = *(struct screen_row *const *)b;
	enum screen_sort sort = *(enum screen_sort *)data;
	int r = 0;

	if (sort == SORT_GROWTH)
		r = one->growth < other->growth ? 1 : -(one->growth > other->growth);
	else if (sort == SORT_COUNT)
		r = compare_numbers(one->count, other->count);
	else if (sort == SORT_AGE)
		r = compare_numbers(one->age_ns, other->age_ns);
	if (r == 0)
		r = compare_numbers(one->held, other->held);
	if (r == 0)
		r = strcmp(one->name, other->name);
	return r ? r : -compare_numbers(one->id, other->id);
}

struct matches {
	VEC(const struct screen_row *) items;
};

static void matches_done(struct matches *matches)
{
	vec_done(&matches->items);
}

static int screen_match(struct screen *screen, struct matches *matches)
{
	vec_foreach(row, &screen->rows[screen->view]) {
		if (row_matches(screen, row) && vec_push(&matches->items, row) < 0)
			return -ENOMEM;
	}
	if (matches->items.n)
		qsort_r(matches->items.items, matches->items.n, sizeof(*matches->items.items),
			compare_rows, &screen->sort);
	return 0;
}

/* --- lines ---------------------------------------------------------------------------------- */

/* TEXT (freed) as a line of at most WIDTH columns; characters are not cut in two. */
static int line_add(struct screen *screen, enum screen_style style, unsigned width, char *text)
{
	struct screen_line line = { text, style };
	unsigned columns = 0;

	if (!text)
		return -ENOMEM;
	for (char *at = text; *at; at++) {
		if (((unsigned char)*at & 0xc0) != 0x80 && columns++ == width) {
			*at = '\0';
			break;
		}
	}
	if (vec_push(&screen->lines, line) < 0) {
		free(text);
		return -ENOMEM;
	}
	return 0;
}

/* "+1.0 KiB", "-3", or nothing for no change. */
static const char *format_growth(const struct screen_row *row, char to[UNITS_TEXT_BYTES + 1])
{
	uint64_t size = row->growth < 0 ? -(uint64_t)row->growth : (uint64_t)row->growth;

	if (row->growth == 0)
		return "-";
	to[0] = row->growth < 0 ? '-' : '+';
	if (resource_kind_has_bytes(row->kind))
		units_format_bytes(size, to + 1);
	else
		units_format_count(size, to + 1);
	return to;
}

static char *site_line(const struct screen_row *row)
{
	static const char *const words[_KIND_MAX] = {
		[KIND_MEMORY] = "mem",
		[KIND_MAPPING] = "map",
		[KIND_FD] = "fd",
		[KIND_THREAD] = "thr",
	};
	char growth[UNITS_TEXT_BYTES + 1], held[UNITS_TEXT_BYTES], count[UNITS_TEXT_BYTES];
	char age[UNITS_TEXT_BYTES];
	bool bytes = resource_kind_has_bytes(row->kind);

	return str_printf("%10s %10s %7s %7s %-3s %s", format_growth(row, growth),
			  bytes ? units_format_bytes(row->held, held) : "-",
			  units_format_count(row->count, count), units_format_ns(row->age_ns, age),
			  words[row->kind], row->name);
}

static char *process_line(const struct screen_row *row)
{
	char growth[UNITS_TEXT_BYTES + 1], held[UNITS_TEXT_BYTES], count[UNITS_TEXT_BYTES];
	char fds[UNITS_TEXT_BYTES], threads[UNITS_TEXT_BYTES];

	return str_printf("%10s %10s %7s %5s %4s %7u %s", format_growth(row, growth),
			  units_format_bytes(row->held, held),
			  units_format_count(row->count, count), units_format_count(row->fds, fds),
			  units_format_count(row->threads, threads), row->id, row->name);
}

static const char *const screen_columns[_VIEW_MAX] = {
	[VIEW_SITES] = "    GROWTH       HELD   COUNT     AGE     CALLED BY",
	[VIEW_PROCESSES] = "    GROWTH       HELD   COUNT   FDS  THR     PID PROCESS",
};

/* "3 call sites", "1 process", "2 call sites of kind fd" */
static char *count_rows(const struct screen *screen, size_t n)
{
	static const char *const nouns[_VIEW_MAX][2] = {
		[VIEW_SITES] = { "call site", "call sites" },
		[VIEW_PROCESSES] = { "process", "processes" },
	};
	bool chosen = screen->view == VIEW_SITES && screen->only;
	char count[UNITS_TEXT_BYTES];

	return str_printf("%s %s%s%s", units_format_count(n, count), nouns[screen->view][n != 1],
			  chosen ? " of kind " : "",
			  chosen ? resource_kind_name((enum resource_kind)(screen->only - 1)) : "");
}

/* The sums, what is chosen, the names of the columns. */
static int draw_head(struct screen *screen, unsigned width, size_t n_matches)
{
	_cleanup_free_ char *counted = count_rows(screen, n_matches);
	const struct totals *totals = &screen->totals;
	char held[UNITS_TEXT_BYTES], blocks[UNITS_TEXT_BYTES];
	int r = line_add(screen, SCREEN_TITLE, width,
			 str_printf("leaktrace: %s in %s block%s%s",
				    units_format_bytes(totals->outstanding_bytes, held),
				    units_format_count(totals->outstanding_blocks, blocks),
				    totals->outstanding_blocks == 1 ? "" : "s",
				    screen->paused ? "  PAUSED" : ""));

	if (!counted)
		return -ENOMEM;
	if (r == 0)
		r = line_add(screen, SCREEN_PLAIN, width,
			     str_printf("%s by %s%s%s%s", counted, screen_sorts[screen->sort],
					screen->typing || screen->filter[0] ? "  search: " : "",
					screen->filter, screen->typing ? "_" : ""));
	if (r == 0)
		r = line_add(screen, SCREEN_COLUMNS, width, strdup(screen_columns[screen->view]));
	return r;
}

static bool row_is_open(const struct screen *screen, const struct screen_row *row)
{
	return screen->open && screen->view == VIEW_SITES && row->id == screen->open_id &&
	       row->kind == screen->open_kind && row->class == screen->open_class;
}

/* What a row opens to, until LINES are full. */
static int draw_stack(struct screen *screen, const struct screen_row *row, unsigned width,
		      size_t lines)
{
	int r = line_add(screen, SCREEN_DETAIL, width,
			 str_printf("           %s", resource_class_name(row->class)));

	for (const char *at = row->words; r == 0 && *at && screen->lines.n < lines;) {
		size_t n = strcspn(at, "\n");

		r = line_add(screen, SCREEN_DETAIL, width,
			     str_printf("             %.*s", (int)n, at));
		at += n + (at[n] == '\n');
	}
	return r;
}

static int draw_rows(struct screen *screen, const struct matches *matches, unsigned width,
		     size_t lines)
{
	int r = 0;

	for (size_t i = screen->first; r == 0 && i < matches->items.n && screen->lines.n < lines;
	     i++) {
		const struct screen_row *row = matches->items.items[i];

		r = line_add(screen, i == screen->cursor ? SCREEN_CHOSEN : SCREEN_PLAIN, width,
			     screen->view == VIEW_SITES ? site_line(row) : process_line(row));
		if (r == 0 && row_is_open(screen, row) && screen->lines.n < lines)
			r = draw_stack(screen, row, width, lines);
	}
	return r;
}

/* Moves the part that is shown so that the cursor is in it. */
static void screen_scroll(struct screen *screen, size_t n_rows)
{
	if (screen->cursor >= n_rows)
		screen->cursor = n_rows ? n_rows - 1 : 0;
	if (screen->first > screen->cursor)
		screen->first = screen->cursor;
	if (screen->cursor >= screen->first + screen->page)
		screen->first = screen->cursor - screen->page + 1;
}

int screen_draw(struct screen *screen, unsigned width, unsigned height)
{
	_cleanup_(matches_done) struct matches matches = { 0 };
	size_t lines = height ? height - 1 : SIZE_MAX; /* the last one is for the keys */
	int r = screen_match(screen, &matches);

	vec_foreach(line, &screen->lines)
		free(line->text);
	screen->lines.n = 0;
	if (width < SCREEN_MIN_WIDTH && !height)
		width = SCREEN_MIN_WIDTH;
	screen->page = height > 4 ? height - 4 : height ? 1 : SIZE_MAX;
	screen_scroll(screen, matches.items.n);
	if (r == 0)
		r = draw_head(screen, width, matches.items.n);
	if (r == 0)
		r = draw_rows(screen, &matches, width, lines);
	while (r == 0 && height && screen->lines.n < lines)
		r = line_add(screen, SCREEN_PLAIN, width, strdup(""));
	if (r == 0 && height)
		r = line_add(screen, SCREEN_TITLE, width,
			     strdup("q quit  tab view  k kind  gbca sort  / search  p pause  "
				    "enter stack"));
	return r;
}

/* --- keys ----------------------------------------------------------------------------------- */

static void press_in_search(struct screen *screen, int key)
{
	size_t n = strlen(screen->filter);

	if (key == SCREEN_ENTER || key == SCREEN_ESCAPE)
		screen->typing = false;
	if (key == SCREEN_ESCAPE)
		screen->filter[0] = '\0';
	if (key == SCREEN_BACKSPACE && n)
		screen->filter[n - 1] = '\0';
	if (key < 128 && isprint(key) && n + 1 < sizeof(screen->filter)) {
		screen->filter[n] = (char)key;
		screen->filter[n + 1] = '\0';
	}
	screen->cursor = screen->first = 0;
}

/* Opens the row of the cursor, or closes it. */
static void toggle_row(struct screen *screen)
{
	_cleanup_(matches_done) struct matches matches = { 0 };
	const struct screen_row *row;

	if (screen_match(screen, &matches) < 0 || screen->cursor >= matches.items.n)
		return;
	row = matches.items.items[screen->cursor];
	screen->open = !row_is_open(screen, row);
	screen->open_id = row->id;
	screen->open_kind = row->kind;
	screen->open_class = row->class;
}

static void move_cursor(struct screen *screen, int key)
{
	size_t page = screen->page ? screen->page : 1;
	size_t step = key == SCREEN_PAGE_UP || key == SCREEN_PAGE_DOWN ? page : 1;

	if (key == SCREEN_DOWN || key == SCREEN_PAGE_DOWN)
		screen->cursor += step;
	else if (key == SCREEN_UP || key == SCREEN_PAGE_UP)
		screen->cursor -= screen->cursor < step ? screen->cursor : step;
	else if (key == SCREEN_HOME)
		screen->cursor = 0;
	else if (key == SCREEN_END)
		screen->cursor = SIZE_MAX / 2; /* drawing takes it back to the last row */
}

bool screen_press(struct screen *screen, int key)
{
	static const char sorts[] = {
		[SORT_GROWTH] = 'g', [SORT_HELD] = 'b', [SORT_COUNT] = 'c', [SORT_AGE] = 'a', 0
	};
	const char *sort = key > 0 && key < 128 ? strchr(sorts, key) : NULL;

	if (screen->typing) {
		press_in_search(screen, key);
		return true;
	}
	if (key == 'q')
		return false;
	if (sort) {
		screen->sort = (enum screen_sort)(sort - sorts);
	} else if (key == 'p' || key == ' ') {
		screen->paused = !screen->paused;
	} else if (key == '/') {
		screen->typing = true;
	} else if (key == 'k') {
		screen->only = (screen->only + 1) % (_KIND_MAX + 1);
		screen->cursor = screen->first = 0;
	} else if (key == SCREEN_TAB) {
		screen->view = (enum screen_view)((screen->view + 1) % _VIEW_MAX);
		screen->cursor = screen->first = 0;
	} else if (key == SCREEN_ENTER) {
		toggle_row(screen);
	} else if (key == SCREEN_ESCAPE) {
		screen->filter[0] = '\0';
	} else {
		move_cursor(screen, key);
	}
	return true;
}
