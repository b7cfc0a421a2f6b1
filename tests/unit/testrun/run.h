/* SPDX-License-Identifier: BSD-2-Clause */
/* A run that is told step by step, for the tests of testrun/. */
#ifndef LT_TESTS_TESTRUN_RUN_H
#define LT_TESTS_TESTRUN_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "testrun/framework.h"
#include "testrun/testrun.h"

static struct run {
	struct result result;
	struct testrun *testrun;
	uint64_t now_ns;
	uint32_t last_epoch;
} run;

static inline int run_setup(void **state)
{
	const struct testrun_options options = { 0 };

	(void)state;
	run = (struct run){ .now_ns = 1000 };
	result_init(&run.result);
	return testrun_open(&options, &run.result, &run.testrun, NULL);
}

static inline int run_teardown(void **state)
{
	(void)state;
	testrun_close(run.testrun);
	result_done(&run.result);
	return 0;
}

#define RUN_TEST(function) cmocka_unit_test_setup_teardown(function, run_setup, run_teardown)

static inline struct test *test_of(uint32_t number)
{
	struct test *test = tests_get(&run.result.tests, number);

	assert_non_null(test);
	return test;
}

/* A new image; returns its index. */
static inline uint32_t run_process(uint32_t pid, uint32_t epoch)
{
	struct process process = { .pid = pid, .epoch = epoch };

	assert_int_equal(vec_push(&run.result.processes, process), 0);
	return (uint32_t)run.result.processes.n - 1;
}

/* The image at INDEX has begun with this command, which ends with NULL. */
static inline void run_exec(uint32_t index, const char *const *command)
{
	run.result.processes.items[index].command = strv_copy((char *const *)command);
	assert_int_equal(testrun_process(run.testrun, index), 0);
}

#define RUN_EXEC(index, ...) run_exec(index, (const char *const[]){ __VA_ARGS__, NULL })

static inline void run_end(uint32_t index, int wait_status)
{
	struct process *process = &run.result.processes.items[index];

	process->end = END_EXIT;
	process->end_ns = ++run.now_ns;
	process->wait_status = wait_status;
	assert_int_equal(testrun_process(run.testrun, index), 0);
}

/* 1 + the index of the runner that the kernel calls COMM. */
static inline uint32_t run_runner(const char *comm)
{
	size_t n;
	const struct lt_runner *runners = testrun_runners(run.testrun, &n);

	for (size_t i = 0; i < n; i++) {
		if (strncmp(runners[i].comm, comm, sizeof(runners[i].comm)) == 0)
			return (uint32_t)i + 1;
	}
	fail_msg("no runner %s", comm);
	return 0;
}

static inline void run_signal(const struct lt_test *facts, uint32_t process,
			      uint32_t runner_process, const char *first, const char *second)
{
	struct test_signal signal = {
		.time_ns = ++run.now_ns,
		.process = process,
		.runner_process = runner_process,
		.facts = facts,
		.texts = { first, second },
	};

	assert_int_equal(testrun_signal(run.testrun, &signal), 0);
}

static inline void run_announce(uint32_t runner, uint32_t process, const char *line)
{
	struct lt_test facts = { .what = LT_TEST_ANNOUNCE, .source = runner };

	run_signal(&facts, process, TEST_NO_PROCESS, line, NULL);
}

/* The runner starts PID as what may be a test; returns the index of its image. */
static inline uint32_t run_start(uint32_t runner, uint32_t runner_process, uint32_t pid)
{
	struct lt_test facts = { .what = LT_TEST_PROCESS,
				 .source = runner,
				 .epoch = ++run.last_epoch };
	uint32_t index = run_process(pid, facts.epoch);

	if (runner_process != TEST_NO_PROCESS)
		facts.around = run.result.processes.items[runner_process].epoch;
	run_signal(&facts, index, runner_process, NULL, NULL);
	return index;
}

#endif
