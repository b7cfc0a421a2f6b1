/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live view as lines of text: what is held by call site and by process, as it was at the last
 * look, and what the user has chosen with keys. cmd/top puts the lines onto a terminal.
 */
#ifndef LT_REPORT_SCREEN_H
#define LT_REPORT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/result.h"

enum { SCREEN_MAX_FILTER = 64 };

enum screen_view {
	VIEW_SITES,
	VIEW_PROCESSES,
	_VIEW_MAX,
};

enum screen_sort {
	SORT_GROWTH,
	SORT_HELD,
	SORT_COUNT,
	SORT_AGE,
	_SORT_MAX,
};

/* Keys that are no characters. */
enum screen_key {
	SCREEN_UP = 0x110000, /* beyond Unicode */
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_ENTER,
	SCREEN_ESCAPE,
	SCREEN_BACKSPACE,
	SCREEN_TAB,
};

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_TITLE,
	SCREEN_COLUMNS,
	SCREEN_CHOSEN, /* the line of the cursor */
	SCREEN_DETAIL,
};

struct screen_line {
	char *text;
	enum screen_style style;
};

/* A call site or a process. */
struct screen_row {
	char *name;	 /* printable; what is searched too */
	char *words;	 /* NULL, or what it opens to, by lines: its stack, some of its objects */
	uint64_t held;	 /* bytes, or of descriptors and threads their number */
	int64_t growth;	 /* of it since the look before */
	uint64_t count;	 /* blocks, descriptors, threads */
	uint64_t age_ns; /* of the oldest, or of the process */
	uint32_t id;	 /* of the stack, or the pid */
	uint8_t kind;	 /* enum resource_kind */
	uint8_t class;	 /* enum resource_class */
	uint64_t fds;	 /* of a process */
	uint64_t threads;
};

struct screen {
	struct totals totals;
	VEC(struct screen_row) rows[_VIEW_MAX];
	VEC(struct screen_line) lines; /* what was drawn last */
	enum screen_view view;
	enum screen_sort sort;
	unsigned only; /* of call sites: 1 + the enum resource_kind that is shown; 0: all */
	bool paused;
	bool typing; /* the search */
	char filter[SCREEN_MAX_FILTER];
	size_t cursor; /* which of the rows that match */
	size_t first;  /* the first one that is on the screen */
	size_t page;   /* how many fit */
	bool open;     /* the row with these is opened to its stack */
	uint32_t open_id;
	uint8_t open_kind;
	uint8_t open_class;
};

void screen_done(struct screen *screen);

/* Takes over what RESULT holds, unless the screen is paused. Returns 0 or -ENOMEM. */
int screen_take(struct screen *screen, const struct result *result) _must_check_;

/* A key was pressed. Returns false if it ends the view. */
bool screen_press(struct screen *screen, int key);

/*
 * Draws into screen.lines: WIDTH columns, and HEIGHT lines at most (0: as many as there are).
 * Returns 0 or -ENOMEM.
 */
int screen_draw(struct screen *screen, unsigned width, unsigned height) _must_check_;

#endif
