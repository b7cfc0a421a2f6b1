/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells tests apart: turns what was seen of test runners and frameworks, in the order of time,
 * into the tests of a result.
 */
#ifndef LT_TESTRUN_TESTRUN_H
#define LT_TESTRUN_TESTRUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "leaktrace/test_abi.h"
#include "model/result.h"

struct testrun;

struct testrun_options {
	const char *only;   /* the framework with this name, "none", or NULL: all */
	const char *env;    /* a variable that holds the name of the test, or NULL */
	const char *marker; /* "BEGIN[:N][,END]", functions of the program, or NULL */
};

/*
 * Whether the options can be followed: 0, -ENOMEM, or -EINVAL with a sentence about what is wrong
 * with them.
 */
int testrun_check(const struct testrun_options *options, struct diag *diag) _must_check_;

/*
 * The tests go into RESULT, which has the processes. Returns as testrun_check().
 */
int testrun_open(const struct testrun_options *options, struct result *result,
		 struct testrun **ret_testrun, struct diag *diag) _must_check_;
void testrun_close(struct testrun *testrun);
DEFINE_GUARD(struct testrun, testrun_close)

/* The runners that the programs are to recognise; at most LT_MAX_RUNNERS. */
const struct lt_runner *testrun_runners(const struct testrun *testrun, size_t *ret_n);

/* The functions to put probes on: the source of a signal is an index in this list. */
const struct test_symbol *testrun_symbols(const struct testrun *testrun, size_t *ret_n);

/*
 * Something was seen. Returns 0 or -ENOMEM. This and the next are callbacks: TESTRUN is a struct
 * testrun.
 */
int testrun_signal(void *testrun, const struct test_signal *signal) _must_check_;

/* The command of this process is known now, or it has ended. Returns 0 or -ENOMEM. */
int testrun_process(void *testrun, uint32_t process) _must_check_;

/* Nothing follows: tests that have not ended get their reason. Returns 0 or -ENOMEM. */
int testrun_finish(struct testrun *testrun) _must_check_;

#endif
