/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of the call sites between two runs of a program that may have been built anew:
 * identity.h says which of them are the same.
 */
#ifndef LT_MODEL_DIFF_H
#define LT_MODEL_DIFF_H

#include "base/table.h"
#include "model/result.h"

enum diff_change {
	DIFF_NEW,
	DIFF_GROWN,
	DIFF_SHRUNK,
	DIFF_GONE,
	DIFF_SAME,
	_DIFF_MAX,
};

struct diff_amount {
	uint64_t bytes;
	uint64_t n_blocks;
};

struct diff_site {
	XXH128_hash_t key; /* of its identity: the texts of a million would fill the memory */
	enum diff_change change;
	struct diff_amount before;
	struct diff_amount now;
	/* The largest of it, of the later run unless it is gone; with the amounts of all of it. */
	struct site_group group;
	bool is_leak; /* as in struct site_group, in the run that it is of */
	UT_hash_handle hh;
};

struct diff {
	const struct result *before;
	const struct result *now;
	struct site_groups before_groups;
	struct site_groups now_groups;
	VEC(struct diff_site *) items; /* by change, what changed most first */
	struct diff_site *by_key;
	size_t n[_DIFF_MAX];
	bool leaks; /* one that is new is a leak */
};

/* Of two results that were judged, and live longer. 0 or -ENOMEM. */
int diff_make(const struct result *before, const struct result *now,
	      struct diff *ret_diff) _must_check_;
void diff_done(struct diff *diff);

/* How much it changed: bytes of memory and mappings, the number of descriptors and threads. */
int64_t diff_site_delta(const struct diff_site *site);

const char *diff_change_name(enum diff_change change); /* "new" */

#endif
