/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaktrace knows of a test framework: one file each, which defines one of the structs below,
 * and a line in frameworks.c. docs/HOWTO-add-framework.md tells how.
 */
#ifndef LT_TESTRUN_FRAMEWORK_H
#define LT_TESTRUN_FRAMEWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "leaktrace/test_abi.h"
#include "model/tests.h"

/* What a framework keeps of a runner, from one of its tests to the next. */
struct runner_memory {
	void *data; /* NULL: nothing yet */
	void (*free)(void *data);
};

/* A process that a runner has started, and perhaps is a test. */
struct started {
	char *const *command; /* NULL: not known */
	uint32_t runner_pid;  /* 0: there is none, it is the runner itself */
	char *const *runner_command;
	uint64_t n_before; /* how many processes with this command its runner started before it */
	struct runner_memory *memory;
};

/* How a test is called; all owned. */
struct test_names {
	char *label; /* "Suite.Case", for people */
	char *suite; /* its parts as the framework's own reports have them; NULL, NULL: none */
	char *name;
};

void test_names_done(struct test_names *names);

enum { FRAMEWORK_RUNNERS = 4 };

struct framework {
	const char *name;

	/* What starts processes, up to the first of kind LT_RUNNER_NONE. */
	struct lt_runner runners[FRAMEWORK_RUNNERS];
	/*
	 * What a line that the runner has written says of its next test. Returns 1 and *RET, 0: not
	 * what it announces tests with, or -ENOMEM.
	 */
	int (*announced)(const char *line, struct test_names *ret);
	/*
	 * What a process that the runner has started (or, LT_RUNNER_SELF, that it is) says of the
	 * test in it; without a runner, any process. Returns as above, 0: it is no test.
	 */
	int (*started)(const struct started *started, struct test_names *ret);

	/* Functions in the process of the tests, up to one without a name. */
	const struct test_symbol *symbols;
	/* The names from the texts of a signal, of which each may be NULL. 1, 0: no test. */
	int (*named)(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret);
	/*
	 * The variable that has the name of the test in the environment of whatever it starts, as
	 * the first text of a signal; NULL: none.
	 */
	const char *variable;
	bool ends_with_process; /* the last test of a process has no signal at its end */
	bool has_parts;		/* some of its signals are of parts of a test */
	bool has_suites;	/* some are of suites, which named() does not know of */
	bool told_later;	/* what is announced are names of tests that have run already */
};

/* All of them, up to NULL. */
extern const struct framework *const frameworks[];

extern const struct framework framework_automake;
extern const struct framework framework_bats;
extern const struct framework framework_boost;
extern const struct framework framework_catch2;
extern const struct framework framework_check;
extern const struct framework framework_cmocka;
extern const struct framework framework_criterion;
extern const struct framework framework_ctest;
extern const struct framework framework_cunit;
extern const struct framework framework_doctest;
extern const struct framework framework_gtest;
extern const struct framework framework_gtest_written;
extern const struct framework framework_libtest;
extern const struct framework framework_meson;
extern const struct framework framework_nextest;
extern const struct framework framework_node;
extern const struct framework framework_prove;
extern const struct framework framework_pytest;
extern const struct framework framework_qt;
extern const struct framework framework_unittest;
extern const struct framework framework_usdt;
extern const struct framework framework_unity;

#endif
