/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user knows of and does not want to fail on, in the words of LeakSanitizer: a kind and a
 * pattern that a function, a source file or a module of the stack has to match.
 */
#ifndef LT_MODEL_SUPPRESSIONS_H
#define LT_MODEL_SUPPRESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/vec.h"
#include "model/sites.h"

struct suppression {
	enum resource_kind kind;
	char *text;  /* "leak:cache_insert": as it was written */
	char *where; /* "lsan.supp:3" */
	/* What it has kept from being a leak in this report. */
	uint64_t n_sites;
	uint64_t n_blocks;
	uint64_t bytes;
};

struct suppressions {
	VEC(struct suppression) list;
};

void suppressions_done(struct suppressions *suppressions);

/*
 * Adds those of a file: TEXT, N bytes of it, which are followed by a NUL. NAME is for messages.
 * -EINVAL, with a sentence in DIAG, for a line that is none; -ENOMEM.
 */
int suppressions_parse(struct suppressions *suppressions, const char *name, const char *text,
		       size_t n, struct diag *diag) _must_check_;

/*
 * Adds LINE, which has no white space around it, found at WHERE: "lsan.supp:3". As above; an error
 * may leave LINE changed.
 */
int suppressions_add(struct suppressions *suppressions, char *line, const char *where,
		     struct diag *diag) _must_check_;

/* The same for a line of leaktrace's own, unless it is there; WHERE says why it is. */
int suppressions_add_own(struct suppressions *suppressions, const char *line, const char *where,
			 struct diag *diag) _must_check_;

/*
 * Whether PATTERN is somewhere in TEXT: "*" is any text, "^" at the start and "$" at the end tie it
 * to the start and the end of TEXT.
 */
bool suppression_matches(const char *pattern, const char *text);

struct result;

/*
 * Finds the suppression of each site of RESULT among those that it has. Its symbols must be known.
 * 0 or -ENOMEM.
 */
int suppressions_apply(struct result *result) _must_check_;

/* Forgets what was counted. */
void suppressions_forget(struct suppressions *suppressions);

/* Counts SITE, which would be a leak without its suppression. */
void suppressions_count(struct suppressions *suppressions, const struct site *site);

#endif
