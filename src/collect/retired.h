/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that ended and that nothing refers to any more: where all of a machine is traced they
 * are thousands an hour. The record of each is kept for a while; then it is added up with others of
 * its executable, and its place in the result goes to the next process.
 */
#ifndef LT_COLLECT_RETIRED_H
#define LT_COLLECT_RETIRED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "model/result.h"

enum {
	RETIRED_MIN = 8192,  /* as many processes are kept apart in any case */
	RETIRED_SUMS = 1024, /* executables; what ended of further ones is one sum */
};

/* All zeros: none. */
struct retired {
	VEC(uint32_t) spare; /* places in result.processes that may be taken, the last one first */
	VEC(uint32_t) sums;  /* places of the sums */
	size_t n_needed;     /* how many processes were referred to when it was last looked */
};

void retired_done(struct retired *retired);

/*
 * Whether it is time to look which processes are referred to: twice as many are kept as were needed
 * last time.
 */
bool retired_due(const struct retired *retired, const struct result *result);

/*
 * Those of the result that have ended and are not in IN_USE, by place, may be replaced, apart from
 * the youngest RETIRED_MIN / 2 of them; -ENOMEM. Every process that something refers to has to be
 * in it: its place would mean another one.
 */
int retired_offer(struct retired *retired, const struct result *result,
		  const bool *in_use) _must_check_;

/* Gives PROCESS a place in the result; -ENOMEM. */
int retired_place(struct retired *retired, struct result *result, const struct process *process,
		  uint32_t *ret_place) _must_check_;

#endif
