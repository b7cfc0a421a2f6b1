/* SPDX-License-Identifier: BSD-2-Clause */
/* What symbol/ found out about places: functions, files, lines, inlined callers. */
#ifndef LT_MODEL_SYMBOLS_H
#define LT_MODEL_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/texts.h"
#include "base/vec.h"
#include "model/stacks.h"

/* One line of a printed stack. */
struct frame {
	const char *function; /* demangled; NULL: not known */
	const char *file;     /* as in the debug information; NULL: not known */
	uint32_t line;	      /* 0: not known */
	bool inlined;	      /* into the frame that follows it */
	/* Where the compiler ran, for a relative FILE; NULL: not known, or FILE is absolute. */
	const char *directory;
};

/* The frames of a place, innermost first: inlined ones, then the function itself. */
struct symbol {
	struct place place;
	UT_hash_handle hh; /* in symbols.by_place */
	uint32_t n_frames; /* at least 1 */
	struct frame frames[];
};

struct symbols {
	struct symbol *by_place;
	struct texts texts; /* that the frames point to */
};

void symbols_init(struct symbols *symbols);
void symbols_done(struct symbols *symbols);

/* Stores copies of FRAMES for PLACE; a second call for the same place changes nothing. */
int symbols_add(struct symbols *symbols, const struct place *place, const struct frame *frames,
		size_t n_frames) _must_check_;

/* In the order in which they were added: the one after AFTER, or the first; NULL: no more. */
const struct symbol *symbols_next(const struct symbols *symbols, const struct symbol *after);

/*
 * Forgets what is of a place that is not WANTED, and all names that only those had. Without memory
 * all stays as it is.
 */
void symbols_keep(struct symbols *symbols, bool (*wanted)(void *data, const struct place *place),
		  void *data);

/* What was stored for PLACE, or NULL. */
const struct symbol *symbols_find(const struct symbols *symbols, const struct place *place);

#endif
