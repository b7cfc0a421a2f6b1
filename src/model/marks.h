/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Named moments of a trace, and what each call site held at them: what grew between the first mark
 * and the last one becomes a site of CLASS_GROWTH, with its amount at each mark.
 */
#ifndef LT_MODEL_MARKS_H
#define LT_MODEL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/sites.h"

/* There are no more than this many; a site has room for its amount at each. */
enum { MARKS_MAX = SITE_MAX_GROWTH };

struct mark_point {
	char *name;
	uint64_t time_ns;  /* CLOCK_MONOTONIC */
	bool is_automatic; /* taken by --interval: when there are too many, every second one goes */
};

/* What a call site held, */
struct mark_amount {
	uint32_t mark; /* from this one on */
	uint64_t bytes;
	uint64_t n_blocks;
};

/*
 * A call site of one process. Most hold the same at most marks, so there are only those at which it
 * was another amount than before.
 */
struct mark_entry {
	struct site_key key; /* of the site of CLASS_GROWTH that it may become */
	UT_hash_handle hh;   /* in marks.entries, which is in the order in which they were added */
	VEC(struct mark_amount) changes;
	struct mark_amount now; /* being added up */
};

struct result;

struct marks {
	VEC(struct mark_point) items; /* in the order of time */
	struct mark_entry *entries;
	bool is_recorded;   /* names of all entries are needed, of those that did not grow too */
	unsigned n_thinned; /* how often automatic ones went: each time there are half as many */
};

void marks_done(struct marks *marks);

/*
 * A mark like MARK with this name, of all that the living processes of RESULT held then, but for
 * those with the pid WITHOUT (0: all): its sites have to be of that moment. Returns 0, -ENOSPC if
 * there are MARKS_MAX with names, or -ENOMEM.
 */
int marks_take(struct marks *marks, const struct result *result, const char *name,
	       const struct mark_point *mark, uint32_t without) _must_check_;

/*
 * Adds the sites that grew to RESULT, which has the marks: it is about blocks that other sites
 * count too. After a single mark it is what grew since, in the processes that were there then.
 * 0 or -ENOMEM.
 */
int marks_add_sites(struct result *result) _must_check_;

/* The entry of this call site, made if there is none; NULL without memory. */
struct mark_entry *marks_entry(struct marks *marks, const struct site_key *of);

/* The first mark and the last one of "FIRST,LAST"; -ENOENT: there are none with such names. */
int marks_find(const struct marks *marks, const char *names, uint32_t *ret_first,
	       uint32_t *ret_last) _must_check_;

/*
 * As if FIRST, which is before LAST, had been the first mark of RESULT, and LAST the last one: its
 * sites of growth between marks are made anew. 0 or -ENOMEM.
 */
int marks_cut(struct result *result, uint32_t first, uint32_t last) _must_check_;

#endif
