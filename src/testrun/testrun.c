// SPDX-License-Identifier: BSD-2-Clause
/* From what was seen to tests: see testrun.h. */
#include "testrun/testrun.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/table.h"
#include "testrun/framework.h"
#include "testrun/known.h"

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
	uint64_t n;
	UT_hash_handle hh;
	char key[];
};

/* What a runner has said. */
struct announcement {
	uint32_t runner; /* its process */
	bool pending;	 /* about a test that has not been started yet */
	struct test_names names;
};

/* A test that is a part of a process. */
struct running {
	uint32_t process;
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
	VEC(struct running) running;
};

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
	struct command_count *count, *next;

	if (!testrun)
		return;
	HASH_ITER(hh, testrun->counts, count, next) {
		HASH_DEL(testrun->counts, count);
		free(count);
	}
	vec_foreach(announcement, &testrun->announcements)
		test_names_done(&announcement->names);
	vec_done(&testrun->announcements);
	vec_done(&testrun->starting);
	vec_done(&testrun->running);
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

static int testrun_add(struct testrun *testrun, const struct framework *framework,
		       const struct test_names *names, struct test_begin *begin,
		       uint32_t *ret_number)
{
	begin->runner = framework->name;
	begin->label = names->label;
	begin->suite = names->suite;
	begin->name = names->name;
	return tests_add(&testrun->result->tests, begin, ret_number);
}

/* --- processes that are tests --- */

static struct announcement *announcement_find(struct testrun *testrun, uint32_t runner)
{
	vec_foreach(announcement, &testrun->announcements) {
		if (announcement->runner == runner)
			return announcement;
	}
	return NULL;
}

static int signal_announce(struct testrun *testrun, const struct test_signal *signal)
{
	const struct framework *framework = known_runner(&testrun->known, signal->facts->source);
	struct announcement *last = announcement_find(testrun, signal->process);
	struct announcement fresh = { .runner = signal->process, .pending = true };
	int r;

	if (!framework || !framework->announced || !signal->texts[0])
		return 0;
	r = framework->announced(signal->texts[0], &fresh.names);
	if (r <= 0) {
		test_names_done(&fresh.names);
		return r;
	}
	if (last) {
		test_names_done(&last->names);
		*last = fresh;
		return 0;
	}
	r = vec_push(&testrun->announcements, fresh);
	if (r < 0)
		test_names_done(&fresh.names);
	return r;
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

static int signal_process(struct testrun *testrun, const struct test_signal *signal)
{
	const struct framework *framework = known_runner(&testrun->known, signal->facts->source);
	struct announcement *announcement = announcement_find(testrun, signal->runner_process);
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
		return 0;
	if (!announcement)
		return vec_push(&testrun->starting, starting);
	announcement->pending = false;
	return starting_add(testrun, &starting, &announcement->names);
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
static int process_started(struct testrun *testrun, const struct process *process)
{
	struct starting *starting = starting_find(testrun, process);
	struct started started = { .command = process->command };
	struct test_names names = { 0 };
	int r;

	if (!starting || !process->command || !process->command[0])
		return 0;
	if (starting->runner != TEST_NO_PROCESS) {
		const struct process *runner = &testrun->result->processes.items[starting->runner];

		started.runner_pid = runner->pid;
		started.runner_command = runner->command;
	}
	r = count_command(testrun, starting->runner, process->command, &started.n_before);
	if (r == 0)
		r = starting->framework->started(&started, &names);
	if (r > 0)
		r = starting_add(testrun, starting, &names);
	starting_drop(testrun, starting);
	test_names_done(&names);
	return r;
}

static int reason_killed(struct test *test, int number)
{
	const char *name = sigabbrev_np(number);

	return name ? test_set_reason(test, "killed by SIG%s", name) :
		      test_set_reason(test, "killed by signal %d", number);
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
static int test_end_process(struct testrun *testrun, const struct process *process)
{
	struct test *test = tests_get(&testrun->result->tests,
				      tests_number(&testrun->result->tests, process->epoch));
	int status = process->wait_status, number = WEXITSTATUS(status) - 128;

	if (!test || !test->whole_process || test->pid != process->pid || test->end_ns)
		return 0;
	test->end_ns = process->end_ns;
	test->counted = true;
	if (WIFSIGNALED(status))
		return reason_killed(test, WTERMSIG(status));
	if (number > 0 && test_was_killed(testrun, test, number))
		return reason_killed(test, number);
	return 0;
}

/* --- tests that are parts of a process --- */

static struct running *running_find(struct testrun *testrun, uint32_t process)
{
	vec_foreach(running, &testrun->running) {
		if (running->process == process)
			return running;
	}
	return NULL;
}

static void running_drop(struct testrun *testrun, struct running *running)
{
	*running = testrun->running.items[--testrun->running.n];
}

static void running_end(struct testrun *testrun, struct running *running,
			const struct test_signal *signal)
{
	struct test *test = tests_get(&testrun->result->tests, running->test);
	const struct lt_test *before = &running->before, *now = signal->facts;

	test->end_ns = signal->time_ns;
	test->counted = true;
	test->totals.allocations = now->allocations - before->allocations;
	test->totals.frees = now->frees - before->frees;
	test->totals.unknown_frees = now->unknown_frees - before->unknown_frees;
	/* If it was higher before, what it was meanwhile is not known. */
	if (now->peak_rss_pages > before->peak_rss_pages)
		test->peak_rss_bytes = now->peak_rss_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	test->rss_known = before->rss_pages && now->rss_pages;
	if (test->rss_known)
		test->rss_delta_bytes = ((int64_t)now->rss_pages - (int64_t)before->rss_pages) *
					(int64_t)sysconf(_SC_PAGESIZE);
	running_drop(testrun, running);
}

static int signal_end(struct testrun *testrun, const struct test_signal *signal)
{
	struct running *running = running_find(testrun, signal->process);

	if (running)
		running_end(testrun, running, signal);
	return 0;
}

static int signal_begin(struct testrun *testrun, const struct test_signal *signal)
{
	const struct lt_test *facts = signal->facts;
	const struct framework *framework;
	struct running running = { .process = signal->process, .before = *facts };
	struct test_begin begin = {
		.epoch = facts->epoch,
		.parent_epoch = facts->around,
		.pid = testrun->result->processes.items[signal->process].pid,
		.begin_ns = signal->time_ns,
	};
	struct test_names names = { 0 };
	int r;

	signal_end(testrun, signal);
	framework = known_source(&testrun->known, signal);
	if (!framework)
		return 0;
	r = vec_reserve(&testrun->running, 1);
	if (r == 0)
		r = framework->named(signal->texts, &names);
	if (r > 0) {
		r = testrun_add(testrun, framework, &names, &begin, &running.test);
		running.ends_with_process = framework->ends_with_process;
		if (r == 0)
			testrun->running.items[testrun->running.n++] = running;
	}
	test_names_done(&names);
	return r;
}

/* The process is gone, and a test was running in it. */
static int running_broken(struct testrun *testrun, uint32_t index)
{
	const struct process *process = &testrun->result->processes.items[index];
	struct running *running = running_find(testrun, index);
	struct test *test;
	bool ends;

	if (!running)
		return 0;
	test = tests_get(&testrun->result->tests, running->test);
	ends = running->ends_with_process;
	running_drop(testrun, running);
	if (ends && process->end == END_EXIT && WIFEXITED(process->wait_status)) {
		test->end_ns = process->end_ns;
		return 0;
	}
	if (process->end == END_EXEC)
		return test_set_reason(test, "its process called exec in the middle of it");
	if (WIFSIGNALED(process->wait_status))
		return reason_killed(test, WTERMSIG(process->wait_status));
	return test_set_reason(test, "its process ended in the middle of it, with exit status %d",
			       WEXITSTATUS(process->wait_status));
}

/* --- the whole --- */

int testrun_signal(void *data, const struct test_signal *signal)
{
	struct testrun *testrun = data;

	switch (signal->facts->what) {
	case LT_TEST_BEGIN:
		return signal_begin(testrun, signal);
	case LT_TEST_END:
		return signal_end(testrun, signal);
	case LT_TEST_PROCESS:
		return signal_process(testrun, signal);
	case LT_TEST_ANNOUNCE:
		return signal_announce(testrun, signal);
	}
	return 0;
}

int testrun_process(void *data, uint32_t index)
{
	struct testrun *testrun = data;
	const struct process *process = &testrun->result->processes.items[index];
	struct starting *starting;
	int r;

	if (process->end == END_RUNNING)
		return process_started(testrun, process);
	r = running_broken(testrun, index);
	if (r < 0 || process->end == END_EXEC)
		return r;
	starting = starting_find(testrun, process);
	if (starting)
		starting_drop(testrun, starting);
	return test_end_process(testrun, process);
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
