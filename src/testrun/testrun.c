// SPDX-License-Identifier: BSD-2-Clause
/* From what was seen to tests: see testrun.h. */
#include "testrun/testrun.h"

#include <errno.h>
#include <string.h>

#include "testrun/state.h"

int testrun_check(const struct testrun_options *options, struct diag *diag)
{
	struct known known = { 0 };
	int r = known_init(&known, options, diag);

	known_done(&known);
	return r;
}

int testrun_open(const struct testrun_options *options, struct result *result,
		 struct testrun **ret_testrun, struct diag *diag)
{
	_cleanup_(testrun_closep) struct testrun *testrun = calloc(1, sizeof(*testrun));
	int r;

	if (!testrun)
		return -ENOMEM;
	testrun->result = result;
	r = known_init(&testrun->known, options, diag);
	if (r < 0)
		return r;
	*ret_testrun = TAKE_PTR(testrun);
	return 0;
}

void testrun_close(struct testrun *testrun)
{
	if (!testrun)
		return;
	starting_done(testrun);
	running_done(testrun);
	suites_done(testrun);
	announced_done(testrun);
	later_done(testrun);
	known_done(&testrun->known);
	free(testrun);
}

const struct lt_runner *testrun_runners(const struct testrun *testrun, size_t *ret_n)
{
	*ret_n = testrun->known.n_runners;
	return testrun->known.runners;
}

const struct test_symbol *testrun_symbols(const struct testrun *testrun, size_t *ret_n)
{
	*ret_n = testrun->known.symbols.n;
	return testrun->known.symbols.items;
}

int testrun_killed(struct test *test, int number)
{
	const char *name = sigabbrev_np(number);

	return name ? test_set_reason(test, "killed by SIG%s", name) :
		      test_set_reason(test, "killed by signal %d", number);
}

/* Whether both are names of one test; where they are told later, LABEL may be cut. */
static bool is_same(const struct framework *framework, const char *around, const char *label)
{
	return framework->told_later ? later_is_beginning(label, around) :
				       strcmp(around, label) == 0;
}

int testrun_add(struct testrun *testrun, const struct framework *framework,
		const struct test_names *names, struct test_begin *begin, uint32_t *ret_number)
{
	struct tests *tests = &testrun->result->tests;
	uint32_t parent = tests_number(tests, begin->parent_epoch);

	if (parent && is_same(framework, tests_label(tests, parent), names->label)) {
		*ret_number = 0;
		return tests_join(tests, begin->epoch, parent);
	}
	begin->runner = framework->name;
	begin->label = names->label;
	begin->suite = names->suite;
	begin->name = names->name;
	return tests_add(tests, begin, ret_number);
}

int testrun_signal(void *data, const struct test_signal *signal)
{
	struct testrun *testrun = data;

	switch (signal->facts->what) {
	case LT_TEST_BEGIN:
		return running_begins(testrun, signal);
	case LT_TEST_END:
		return running_ends(testrun, signal);
	case LT_TEST_PROCESS:
		return starting_begins(testrun, signal);
	case LT_TEST_ANNOUNCE:
		return announced_add(testrun, signal);
	case LT_TEST_ENTER:
		return suites_enter(testrun, signal);
	case LT_TEST_LEAVE:
		suites_leave(testrun, signal);
	}
	return 0;
}

int testrun_process(void *data, uint32_t index)
{
	struct testrun *testrun = data;
	const struct process *process = &testrun->result->processes.items[index];
	int r;

	if (process->end == END_RUNNING)
		return starting_process_known(testrun, process);
	suites_process_ended(testrun, index);
	announced_process_ended(testrun, index);
	starting_runner_ended(testrun, index);
	r = running_process_ended(testrun, index);
	if (r == 0)
		r = later_process_ended(testrun, index);
	if (r < 0 || process->end == END_EXEC)
		return r;
	return starting_process_ended(testrun, process);
}

int testrun_finish(struct testrun *testrun)
{
	int r = 0;

	vec_foreach(test, &testrun->result->tests.items) {
		if (test->end_ns || test->reason || r < 0)
			continue;
		r = test_set_reason(test, "it was still running when the report was made");
	}
	return r;
}
