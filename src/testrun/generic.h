/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that the user names: a variable of the environment, functions of the program. */
#ifndef LT_TESTRUN_GENERIC_H
#define LT_TESTRUN_GENERIC_H

#include "base/cleanup.h"
#include "testrun/framework.h"

extern const struct framework framework_path;
extern const struct framework framework_env;
extern const struct framework framework_marker;

/* What the symbols point to. Each list ends with one without a name. */
struct generic {
	struct lt_signal env_begin, env_end, marker_begin, marker_end;
	struct test_symbol env_symbols[3], marker_symbols[3];
	char *begin_name, *end_name;
};

void generic_done(struct generic *generic);

/* setenv(VARIABLE, test) begins a test, unsetenv(VARIABLE) ends it. 0, or -EINVAL: no name. */
int generic_set_env(struct generic *generic, const char *variable) _must_check_;

/*
 * MARKER is "BEGIN[:N][,END]": a call of the function BEGIN begins the test that its N-th argument
 * names (1 to 5, default 1), one of END ends it. 0, -EINVAL: not in that form, or -ENOMEM.
 */
int generic_set_marker(struct generic *generic, const char *marker) _must_check_;

#endif
