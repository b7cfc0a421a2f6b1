// SPDX-License-Identifier: BSD-2-Clause
/* Tests that are parts of a process: its framework tells where each begins and ends. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "testrun/state.h"

void running_done(struct testrun *testrun)
{
	vec_done(&testrun->running);
}

/* The test that runs in the thread, or in none of them (0), of the process. */
static struct running *running_find(struct testrun *testrun, uint32_t process, uint32_t thread)
{
	vec_foreach(running, &testrun->running) {
		if (running->process == process && running->thread == thread)
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
	if (running->thread) {
		/* What the process has counted meanwhile is of other threads as well. */
		running_drop(testrun, running);
		return;
	}
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

int running_ends(struct testrun *testrun, const struct test_signal *signal)
{
	struct running *running = running_find(testrun, signal->process, signal->facts->thread);

	if (running)
		running_end(testrun, running, signal);
	return 0;
}

static int running_add(struct testrun *testrun, const struct test_signal *signal,
		       const struct framework *framework, const struct test_names *names)
{
	const struct lt_test *facts = signal->facts;
	struct running running = { .process = signal->process,
				   .thread = facts->thread,
				   .ends_with_process = framework->ends_with_process,
				   .before = *facts };
	struct test_begin begin = {
		.epoch = facts->epoch,
		.parent_epoch = facts->around,
		.pid = testrun->result->processes.items[signal->process].pid,
		.begin_ns = signal->time_ns,
	};
	int r = vec_reserve(&testrun->running, 1);

	if (r == 0)
		r = testrun_add(testrun, framework, names, &begin, &running.test);
	if (r < 0 || !running.test)
		return r;
	testrun->running.items[testrun->running.n++] = running;
	return facts->thread ? later_begins(testrun, signal->process, facts->thread, running.test) :
			       0;
}

/* "test(part)", as Qt calls it. */
static int part_named(const struct announcement *whole, const char *part, struct test_names *ret)
{
	ret->label = str_printf("%s(%s)", whole ? whole->names.label : "?", part);
	return ret->label ? 1 : -ENOMEM;
}

/* The names are in the signal, or were announced just before. */
static int running_named(struct testrun *testrun, const struct test_signal *signal,
			 const struct framework *framework, struct test_names *ret)
{
	struct announcement *announcement = announced_find(testrun, signal->process);
	int r;

	if (!framework->named) {
		if (!announcement || !announcement->pending)
			return 0;
		announcement->pending = false;
		*ret = announcement->names;
		announcement->names = (struct test_names){ 0 };
		return 1;
	}
	if (known_is_part(&testrun->known, signal) && signal->texts[0])
		return part_named(announcement, signal->texts[0], ret);
	r = framework->named(signal->texts, ret);
	if (r > 0 && framework->has_suites && suites_name(testrun, signal->process, ret) < 0)
		return -ENOMEM;
	if (r > 0 && framework->has_parts && announced_keep(testrun, signal->process, ret->label))
		return -ENOMEM;
	return r;
}

int running_begins(struct testrun *testrun, const struct test_signal *signal)
{
	const struct framework *framework = known_source(&testrun->known, signal);
	struct tests *tests = &testrun->result->tests;
	struct test_names names = { 0 };
	int r = running_ends(testrun, signal);

	if (r == 0 && framework)
		r = running_named(testrun, signal, framework, &names);
	if (r > 0)
		r = running_add(testrun, signal, framework, &names);
	else if (r == 0)
		r = tests_join(tests, signal->facts->epoch,
			       tests_number(tests, signal->facts->around));
	test_names_done(&names);
	return r;
}

/* The process is gone, and the test was running in it. */
static int running_broken(struct test *test, const struct process *process, bool ends)
{
	if (ends && process->end == END_EXIT && WIFEXITED(process->wait_status)) {
		test->end_ns = process->end_ns;
		return 0;
	}
	if (process->end == END_EXEC)
		return test_set_reason(test, "its process called exec in the middle of it");
	if (WIFSIGNALED(process->wait_status))
		return testrun_killed(test, WTERMSIG(process->wait_status));
	return test_set_reason(test, "its process ended in the middle of it, with exit status %d",
			       WEXITSTATUS(process->wait_status));
}

int running_process_ended(struct testrun *testrun, uint32_t index)
{
	int r = 0;

	for (size_t i = testrun->running.n; r == 0 && i-- > 0;) {
		struct running running = testrun->running.items[i];

		if (running.process != index)
			continue;
		running_drop(testrun, &testrun->running.items[i]);
		r = running_broken(tests_get(&testrun->result->tests, running.test),
				   &testrun->result->processes.items[index],
				   running.ends_with_process);
	}
	return r;
}
