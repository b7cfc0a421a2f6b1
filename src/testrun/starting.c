// SPDX-License-Identifier: BSD-2-Clause
/* Tests that are processes: a runner starts one for each, and names it before or by its command. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/str.h"
#include "testrun/state.h"

/* Forgets what a runner has started, and what its framework has kept of it. */
static void notes_drop(struct testrun *testrun, struct runner_notes *notes)
{
	struct command_count *count, *next;

	HASH_ITER(hh, testrun->counts, count, next) {
		if (count->runner != notes->process)
			continue;
		HASH_DEL(testrun->counts, count);
		free(count);
	}
	if (notes->memory.data)
		notes->memory.free(notes->memory.data);
	*notes = testrun->notes.items[--testrun->notes.n];
}

void starting_runner_ended(struct testrun *testrun, uint32_t runner)
{
	vec_foreach(notes, &testrun->notes) {
		if (notes->process == runner) {
			notes_drop(testrun, notes);
			return;
		}
	}
}

void starting_done(struct testrun *testrun)
{
	while (testrun->notes.n)
		notes_drop(testrun, &testrun->notes.items[0]);
	vec_done(&testrun->notes);
	vec_done(&testrun->starting);
}

static int starting_add(struct testrun *testrun, const struct starting *starting,
			const struct test_names *names)
{
	struct test_begin begin = {
		.epoch = starting->epoch,
		.parent_epoch = starting->around,
		.pid = starting->pid,
		.begin_ns = starting->begin_ns,
		.whole_process = true,
	};
	uint32_t number;

	return testrun_add(testrun, starting->framework, names, &begin, &number);
}

/* The process is no test by itself: it is part of the one around it. */
static int starting_is_none(struct testrun *testrun, const struct starting *starting)
{
	struct tests *tests = &testrun->result->tests;

	return tests_join(tests, starting->epoch, tests_number(tests, starting->around));
}

int starting_begins(struct testrun *testrun, const struct test_signal *signal)
{
	const struct framework *framework = known_source(&testrun->known, signal);
	struct announcement *announcement = announced_find(testrun, signal->runner_process);
	struct starting starting = {
		.framework = framework,
		.epoch = signal->facts->epoch,
		.around = signal->facts->around,
		.pid = testrun->result->processes.items[signal->process].pid,
		.runner = signal->runner_process,
		.begin_ns = signal->time_ns,
	};

	if (!framework)
		return 0;
	/* One that announces tests starts other processes as well. */
	if (announcement && !announcement->pending)
		return starting_is_none(testrun, &starting);
	if (!announcement)
		return vec_push(&testrun->starting, starting);
	announcement->pending = false;
	return starting_add(testrun, &starting, &announcement->names);
}

/* What the runner has told before, to be kept by its framework; NULL: out of memory. */
static struct runner_memory *memory_get(struct testrun *testrun, uint32_t runner)
{
	struct runner_notes fresh = { .process = runner };

	vec_foreach(notes, &testrun->notes) {
		if (notes->process == runner)
			return &notes->memory;
	}
	if (vec_push(&testrun->notes, fresh) < 0)
		return NULL;
	return &testrun->notes.items[testrun->notes.n - 1].memory;
}

static struct starting *starting_find(struct testrun *testrun, const struct process *process)
{
	vec_foreach(starting, &testrun->starting) {
		if (starting->epoch == process->epoch && starting->pid == process->pid)
			return starting;
	}
	return NULL;
}

static void starting_drop(struct testrun *testrun, struct starting *starting)
{
	*starting = testrun->starting.items[--testrun->starting.n];
}

/* Runner and command as one string. */
static char *command_key(uint32_t runner, char *const *command)
{
	char *key = str_printf("%u", runner);

	for (; key && *command; command++) {
		char *longer = str_printf("%s\n%s", key, *command);

		free(key);
		key = longer;
	}
	return key;
}

/* How many processes with this command the runner has started before. */
static int count_command(struct testrun *testrun, uint32_t runner, char *const *command,
			 uint64_t *ret_n)
{
	_cleanup_free_ char *key = command_key(runner, command);
	size_t bytes = key ? strlen(key) : 0;
	struct command_count *found;

	if (!key)
		return -ENOMEM;
	HASH_FIND(hh, testrun->counts, key, bytes, found);
	if (!found) {
		found = calloc(1, sizeof(*found) + bytes);
		if (!found)
			return -ENOMEM;
		found->runner = runner;
		memcpy(found->key, key, bytes);
		HASH_ADD(hh, testrun->counts, key[0], bytes, found);
		if (!table_added(found)) {
			free(found);
			return -ENOMEM;
		}
	}
	*ret_n = found->n++;
	return 0;
}

/* The process has called exec: now it can be told which test it is. */
int starting_process_known(struct testrun *testrun, const struct process *process)
{
	struct starting *found = starting_find(testrun, process), starting;
	struct started started = { .command = process->command };
	struct test_names names = { 0 };
	int r;

	if (!found || !process->command || !process->command[0])
		return 0;
	starting = *found;
	starting_drop(testrun, found);
	started.memory = memory_get(testrun, starting.runner);
	if (!started.memory)
		return -ENOMEM;
	if (starting.runner != TEST_NO_PROCESS) {
		const struct process *runner = &testrun->result->processes.items[starting.runner];

		started.runner_pid = runner->pid;
		started.runner_command = runner->command;
	}
	r = count_command(testrun, starting.runner, process->command, &started.n_before);
	if (r == 0)
		r = starting.framework->started(&started, &names);
	if (r == 0)
		r = starting_is_none(testrun, &starting);
	else if (r > 0)
		r = starting_add(testrun, &starting, &names);
	test_names_done(&names);
	return r;
}

/* Whether a process of the test was killed by this signal. */
static bool test_was_killed(const struct testrun *testrun, const struct test *test, int number)
{
	vec_foreach(process, &testrun->result->processes) {
		if (process->epoch == test->epoch && process->end == END_EXIT &&
		    WIFSIGNALED(process->wait_status) && WTERMSIG(process->wait_status) == number)
			return true;
	}
	return false;
}

/* The process of a test has ended, perhaps a shell that reports how the test proper did. */
int starting_process_ended(struct testrun *testrun, const struct process *process)
{
	struct starting *starting = starting_find(testrun, process);
	struct test *test = tests_get(&testrun->result->tests,
				      tests_number(&testrun->result->tests, process->epoch));
	int status = process->wait_status, number = WEXITSTATUS(status) - 128;

	if (starting)
		starting_drop(testrun, starting);
	if (!test || !test->whole_process || test->pid != process->pid || test->end_ns)
		return 0;
	test->end_ns = process->end_ns;
	test->counted = true;
	if (WIFSIGNALED(status))
		return testrun_killed(test, WTERMSIG(status));
	if (number > 0 && test_was_killed(testrun, test, number))
		return testrun_killed(test, number);
	return 0;
}
