/* SPDX-License-Identifier: BSD-2-Clause */
/* Which signals of tests are looked for, and of which framework each is. */
#ifndef LT_TESTRUN_KNOWN_H
#define LT_TESTRUN_KNOWN_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "testrun/framework.h"
#include "testrun/generic.h"
#include "testrun/testrun.h"

struct known {
	struct generic generic; /* what the user named */
	const char *only;	/* the one framework that is wanted; NULL: all */
	bool none;
	struct lt_runner runners[LT_MAX_RUNNERS];
	const struct framework *runner_frameworks[LT_MAX_RUNNERS];
	size_t n_runners;
	/* By source: the symbols, and of which framework each is. */
	VEC(struct test_symbol) symbols;
	VEC(const struct framework *) symbol_frameworks;
};

/* Fills in *KNOWN, which is all zero. Returns as testrun_open(); known_done() in any case. */
int known_init(struct known *known, const struct testrun_options *options,
	       struct diag *diag) _must_check_;
void known_done(struct known *known);

/* Whether the signal tells of a part of a test. */
bool known_is_part(const struct known *known, const struct test_signal *signal);

/* Which framework has told; NULL: none that is wanted. */
const struct framework *known_source(const struct known *known, const struct test_signal *signal);

#endif
