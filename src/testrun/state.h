/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files behind testrun.h share: tests that are processes are in starting.c, tests that are
 * parts of one in running.c, what is told of tests before or after them in announced.c and later.c,
 * what they are parts of in suites.c.
 */
#ifndef LT_TESTRUN_STATE_H
#define LT_TESTRUN_STATE_H

#include "base/table.h"
#include "base/vec.h"
#include "testrun/framework.h"
#include "testrun/known.h"
#include "testrun/testrun.h"

/* A process that its runner has just started: its command will say which test it is. */
struct starting {
	const struct framework *framework;
	uint32_t epoch;
	uint32_t around;
	uint32_t pid;
	uint32_t runner; /* its process, or TEST_NO_PROCESS */
	uint64_t begin_ns;
};

/* How often a runner has started a command. */
struct command_count {
	uint32_t runner;
	uint64_t n;
	UT_hash_handle hh;
	char key[];
};

/* What a process has written about a test that has not begun yet. */
struct announcement {
	uint32_t process;
	bool pending; /* no test has taken it */
	struct test_names names;
};

/* What the framework of a runner keeps. */
struct runner_notes {
	uint32_t process;
	struct runner_memory memory;
};

/* A test that has run in a thread: the N-th of its process. */
struct test_thread {
	uint32_t thread;
	uint32_t test;
};

/* What is to be put together when the process has ended. */
struct later {
	uint32_t process;
	VEC(struct test_thread) threads;
	VEC(struct test_names) told;
};

/* The suites that a process is in, the outermost first. */
struct suites {
	uint32_t process;
	VEC(char *) names;
};

/* A test that is a part of a process. */
struct running {
	uint32_t process;
	uint32_t thread; /* as in struct lt_test */
	uint32_t test;
	bool ends_with_process;
	struct lt_test before; /* what the process had counted when it began */
};

struct testrun {
	struct result *result;
	struct known known;
	VEC(struct starting) starting;
	struct command_count *counts;
	VEC(struct announcement) announcements;
	VEC(struct runner_notes) notes;
	VEC(struct running) running;
	VEC(struct suites) suites;
	VEC(struct later) later;
};

/*
 * Adds a test to the result. One that is called as the test around it is the same (CMake makes a
 * test of each case of a program, which then runs that case alone). *RET_NUMBER is 0 then.
 */
int testrun_add(struct testrun *testrun, const struct framework *framework,
		const struct test_names *names, struct test_begin *begin,
		uint32_t *ret_number) _must_check_;

/* No verdict on the test, as this signal has killed it. 0 or -ENOMEM. */
int testrun_killed(struct test *test, int number) _must_check_;

/* --- starting.c --- */

void starting_done(struct testrun *testrun);
int starting_announced(struct testrun *testrun, const struct test_signal *signal) _must_check_;
int starting_begins(struct testrun *testrun, const struct test_signal *signal) _must_check_;
int starting_process_known(struct testrun *testrun, const struct process *process) _must_check_;
int starting_process_ended(struct testrun *testrun, const struct process *process) _must_check_;
/* The image with this index is gone: it starts nothing any more. */
void starting_runner_ended(struct testrun *testrun, uint32_t runner);

/* --- announced.c --- */

void announced_done(struct testrun *testrun);
int announced_add(struct testrun *testrun, const struct test_signal *signal) _must_check_;

/* Keeps what the test that begins in the process is called, for the names of its parts. */
int announced_keep(struct testrun *testrun, uint32_t process, const char *label) _must_check_;

/* What the process has announced last; NULL: nothing. */
struct announcement *announced_find(struct testrun *testrun, uint32_t process);
void announced_process_ended(struct testrun *testrun, uint32_t process);

/* --- later.c --- */

void later_done(struct testrun *testrun);

/* Whether CUT, which a thread was called, is NAME as far as the system keeps it. */
bool later_is_beginning(const char *cut, const char *name);

/* The test runs in this thread of the process. */
int later_begins(struct testrun *testrun, uint32_t process, uint32_t thread,
		 uint32_t test) _must_check_;

/* These, which are taken, are names of a test of the process; NULL: the last ones told are not. */
int later_told(struct testrun *testrun, uint32_t process, struct test_names *names) _must_check_;
int later_process_ended(struct testrun *testrun, uint32_t process) _must_check_;

/* --- suites.c --- */

void suites_done(struct testrun *testrun);
int suites_enter(struct testrun *testrun, const struct test_signal *signal) _must_check_;
void suites_leave(struct testrun *testrun, const struct test_signal *signal);
void suites_process_ended(struct testrun *testrun, uint32_t process);

/*
 * NAMES, which has a label alone, becomes that of a test in the suites that the process is in, if
 * it is in any: "suite/sub/case" for people, "suite.sub" and "case" in reports. 0 or -ENOMEM.
 */
int suites_name(struct testrun *testrun, uint32_t process, struct test_names *names) _must_check_;

/* --- running.c --- */

void running_done(struct testrun *testrun);
int running_begins(struct testrun *testrun, const struct test_signal *signal) _must_check_;
int running_ends(struct testrun *testrun, const struct test_signal *signal) _must_check_;
int running_process_ended(struct testrun *testrun, uint32_t process) _must_check_;

#endif
