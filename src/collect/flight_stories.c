// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stories of the flight recorder: somebody sends SIGKILL, the kernel says that it was the OOM
 * killer, a thread shows what it was doing, the process ends. The report is made when the story is
 * over, or has taken too long.
 */
#include <errno.h>
#include <string.h>

#include "collect/flight_state.h"
#include "collect/procfs.h"
#include "collect/vitals.h"
#include "base/clock.h"

/* How long a story may take after SIGKILL. */
#define STORY_NS (300ull * 1000000)

static struct story *story_find(struct flight *flight, pid_t pid)
{
	vec_foreach(story, &flight->stories) {
		if (story->report.pid == pid)
			return story;
	}
	return NULL;
}

/* A new story about PID; NULL without memory. */
static struct story *story_begin(struct flight *flight, const struct lt_rec_event *event)
{
	struct story story = { .due_ns = event->time_ns + STORY_NS };
	struct flight_report *report = &story.report;
	struct tracked *tracked = tracked_find(flight, (pid_t)event->pid);
	uint64_t age_ns = clock_ns(CLOCK_MONOTONIC) - event->time_ns;

	report->pid = (pid_t)event->pid;
	report->time_ns = event->time_ns;
	report->time_unix_ns = clock_ns(CLOCK_REALTIME) - age_ns;
	report->process = tracked ? tracked->process : NULL;
	report->victim = (struct oom_victim){ .uid = OOM_UNKNOWN,
					      .total_vm_bytes = OOM_UNKNOWN,
					      .anon_bytes = OOM_UNKNOWN,
					      .file_bytes = OOM_UNKNOWN,
					      .shmem_bytes = OOM_UNKNOWN,
					      .page_table_bytes = OOM_UNKNOWN };
	report->cgroup = tracked && tracked->process->cgroup ? strdup(tracked->process->cgroup) :
							       vitals_cgroup(report->pid);
	if (tracked) {
		tracked_look(flight, tracked);
		report->test = flight_test_copy(&tracked->process->test);
	} else {
		flight->options.look(flight->options.data, report->pid, NULL, &report->test);
	}
	if (vec_push(&flight->stories, story) < 0) {
		flight_report_done(report);
		return NULL;
	}
	return &flight->stories.items[flight->stories.n - 1];
}

/* What the kernel has kept of the sender's arguments; the end of very long ones is left out. */
static void sender_copy(struct flight_report *report, const struct lt_rec_kill *kill)
{
	uint32_t n = kill->args_bytes < LT_REC_ARGS ? kill->args_bytes : LT_REC_ARGS;

	report->sender_cut = kill->args_bytes > LT_REC_ARGS;
	if (n == 0 || procfs_split_args(kill->sender_args, n, &report->sender_command) < 0)
		report->sender_command = NULL;
}

static void on_kill(struct flight *flight, const struct lt_rec_kill *kill)
{
	struct story *story = story_find(flight, (pid_t)kill->event.pid);
	struct flight_report *report;

	/* A second SIGKILL, or one for each thread, changes nothing. */
	if (story)
		return;
	story = story_begin(flight, &kill->event);
	if (!story)
		return;
	report = &story->report;
	story->by_kernel = kill->by_kernel;
	report->end = FLIGHT_KILLED;
	report->sender = (pid_t)kill->sender;
	memcpy(report->name, kill->comm, sizeof(report->name) - 1);
	memcpy(report->sender_name, kill->sender_comm, sizeof(report->sender_name) - 1);
	report->victim.pid = kill->event.pid;
	report->victim.anon_bytes = kill->pages.anon * flight->page_bytes;
	report->victim.file_bytes = kill->pages.file * flight->page_bytes;
	report->victim.shmem_bytes = kill->pages.shmem * flight->page_bytes;
	sender_copy(report, kill);
}

/*
 * The kernel names a thread of the victim, mostly its first one: then that is the process. It has
 * sent SIGKILL just before.
 */
static struct story *story_of_victim(struct flight *flight, const struct lt_rec_victim *victim)
{
	struct story *story = story_find(flight, (pid_t)victim->event.pid);

	if (story)
		return story;
	for (size_t i = flight->stories.n; i > 0; i--) {
		story = &flight->stories.items[i - 1];
		if (story->by_kernel && !story->by_oom &&
		    victim->event.time_ns - story->report.time_ns < STORY_NS)
			return story;
	}
	return NULL;
}

static void on_victim(struct flight *flight, const struct lt_rec_victim *victim)
{
	struct story *story = story_of_victim(flight, victim);
	struct oom_victim *to;

	if (!story && !flight->options.chosen_only)
		story = story_begin(flight, &victim->event);
	if (!story)
		return;
	story->by_oom = true;
	story->report.end = FLIGHT_OOM;
	to = &story->report.victim;
	if (!victim->has_sizes)
		return;
	*to = (struct oom_victim){ .pid = (uint32_t)story->report.pid,
				   .uid = victim->uid,
				   .total_vm_bytes = victim->total_vm * 1024,
				   .anon_bytes = victim->anon * 1024,
				   .file_bytes = victim->file * 1024,
				   .shmem_bytes = victim->shmem * 1024,
				   .page_table_bytes = victim->page_tables * 1024,
				   .has_score_adj = true,
				   .score_adj = victim->score_adj };
}

static void on_variable(struct flight *flight, const struct lt_rec_variable *variable)
{
	struct story *story = story_find(flight, (pid_t)variable->event.pid);

	if (story && !story->report.test_value)
		story->report.test_value = strndup(variable->value, LT_REC_VALUE - 1);
}

static void on_end(struct flight *flight, const struct lt_rec_exit *end)
{
	const struct lt_rec_event *event = &end->event;
	struct tracked *tracked = tracked_find(flight, (pid_t)event->pid);
	struct story *story = story_find(flight, (pid_t)event->pid);

	if (!tracked)
		return;
	/* Whoever could do without goes on, or ends well. */
	if (!story && end->status && flight->options.refused && tracked->process->refused.n) {
		story = story_begin(flight, event);
		if (story) {
			story->report.end = FLIGHT_REFUSED;
			if (tracked->process->name)
				strncpy(story->report.name, tracked->process->name,
					sizeof(story->report.name) - 1);
		}
	}
	tracked->gone = true;
	if (!story)
		tracked_drop(flight, tracked);
}

int flight_on_event(void *data, void *bytes, size_t n)
{
	const struct lt_rec_event *event = bytes;
	struct flight *flight = data;

	if (n < sizeof(*event))
		return 0;
	if (event->type == LT_REC_KILL && n >= sizeof(struct lt_rec_kill))
		on_kill(flight, bytes);
	else if (event->type == LT_REC_VICTIM && n >= sizeof(struct lt_rec_victim))
		on_victim(flight, bytes);
	else if (event->type == LT_REC_VARIABLE && n >= sizeof(struct lt_rec_variable))
		on_variable(flight, bytes);
	else if (event->type == LT_REC_EXIT && n >= sizeof(struct lt_rec_exit))
		on_end(flight, bytes);
	return 0;
}

static int other_compare(const void *a, const void *b)
{
	const struct flight_other *left = a, *right = b;

	return left->bytes < right->bytes ? 1 : left->bytes > right->bytes ? -1 : 0;
}

/* Who else is big. */
static int report_others(struct flight *flight, struct flight_report *report)
{
	vec_foreach(tracked, &flight->tracked) {
		const struct flight_process *process = tracked->process;
		struct flight_other other = { process->pid, process->name ? process->name : "?",
					      process->test.name, process->last_bytes };

		if (process == report->process || tracked->gone || !process->last_bytes)
			continue;
		if (vec_push(&report->others, other) < 0)
			return -ENOMEM;
	}
	if (report->others.n)
		qsort(report->others.items, report->others.n, sizeof(*report->others.items),
		      other_compare);
	if (report->others.n > FLIGHT_BIGGEST)
		report->others.n = FLIGHT_BIGGEST;
	return 0;
}

static int story_end(struct flight *flight, size_t i)
{
	struct story story = flight->stories.items[i];
	struct flight_report *report = &story.report;
	struct flight_process *process = report->process;
	char *of_limit = NULL;
	int r;

	flight->stories.items[i] = flight->stories.items[--flight->stories.n];
	report->period = *flight->options.period;
	report->lost_samples = flight->options.losses->samples + flight->n_lost_queue;
	report->cgroup_limit =
		report->cgroup ? vitals_cgroup_limit(report->cgroup, &of_limit) : OOM_UNKNOWN;
	if (report->cgroup_limit == OOM_UNKNOWN && process)
		report->cgroup_limit = process->cgroup_limit;
	/* The limit may be that of a cgroup above. */
	if (of_limit) {
		free(report->cgroup);
		report->cgroup = of_limit;
	}
	if (process)
		flight_process_sort(process);
	r = report_others(flight, report);
	if (r == 0)
		r = flight->options.reported(flight->options.data, report);
	flight_report_done(report);
	vec_foreach(tracked, &flight->tracked) {
		if (process && tracked->process == process && tracked->gone) {
			tracked_drop(flight, tracked);
			break;
		}
	}
	return r;
}

/* A story is over when its process has ended, or should have, and its samples are worked on. */
int flight_stories_end(struct flight *flight, uint64_t time_ns, bool flush)
{
	if (flight->queue.n && !flush)
		return 0;
	for (size_t i = 0; i < flight->stories.n;) {
		const struct story *story = &flight->stories.items[i];
		int r;

		if (!flush && time_ns < story->due_ns) {
			i++;
			continue;
		}
		r = story_end(flight, i);
		if (r < 0)
			return r;
	}
	return 0;
}
