/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an older run held: a call site that was there before is no new leak, however much it holds
 * now. Call sites are recognised as diff.h does it, and kept as hashes of what identity.h says, so
 * that a recording has room for them.
 */
#ifndef LT_MODEL_BASELINE_H
#define LT_MODEL_BASELINE_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct result;
struct site;

struct baseline {
	char *file;	     /* the recording, as the user named it; NULL: there is no baseline */
	VEC(uint64_t) known; /* its call sites, in rising order */
	/* What it has kept from being a leak in this report. */
	uint64_t n_sites;
	uint64_t n_blocks;
	uint64_t bytes;
};

void baseline_done(struct baseline *baseline);

/*
 * Takes the call sites of OLDER, whose symbols are known, in place of what BASELINE had. 0 or
 * -ENOMEM.
 */
int baseline_take(struct baseline *baseline, const char *file,
		  const struct result *older) _must_check_;

/* Marks the sites of RESULT that its baseline has. Its symbols must be known. 0 or -ENOMEM. */
int baseline_apply(struct result *result) _must_check_;

/* Forgets what was counted. */
void baseline_forget(struct baseline *baseline);

/* Counts SITE, which would be a leak without the baseline. */
void baseline_count(struct baseline *baseline, const struct site *site);

#endif
