/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What went wrong, in sentences for the user: which file, pid or symbol, why, what to try.
 * Stages add to it and never print; cmd/ prints it once, on standard error.
 */
#ifndef LT_BASE_DIAG_H
#define LT_BASE_DIAG_H

#include "base/cleanup.h"
#include "base/vec.h"

struct diag_line {
	int code;   /* negative errno, 0 for a note */
	char *text; /* one sentence, no final full stop or newline */
	char *hint; /* what the user can do about it, or NULL */
};

struct diag {
	VEC(struct diag_line) lines;
};

void diag_done(struct diag *diag);

/*
 * Adds a sentence and returns CODE, so that "return diag_add(diag, r, ...)" reports and fails
 * in one expression. DIAG may be NULL: then nothing is kept.
 */
int diag_add(struct diag *diag, int code, const char *format, ...) _printf_(3, 4);

/* Sets the hint of the sentence added last; returns its code. */
int diag_hint(struct diag *diag, const char *format, ...) _printf_(2, 3);

/* Moves every sentence of FROM to the end of TO. */
void diag_move(struct diag *to, struct diag *from);

/* Prints every sentence as "leaktrace: text" and its hint on a line below it; forgets them. */
void diag_print(struct diag *diag, FILE *to);

#endif
