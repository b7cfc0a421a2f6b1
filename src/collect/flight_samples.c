// SPDX-License-Identifier: BSD-2-Clause
/*
 * Samples of the flight recorder. They leave the ring at once, while their process lives and can be
 * looked at; unwinding them comes later, when there is time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collect/flight_state.h"
#include "collect/procfs.h"
#include "collect/vitals.h"
#include "base/clock.h"

/* Whoever has less is not looked at before it is killed. */
#define LOOK_BYTES (8u << 20)

/* Samples that wait are kept below this. */
#define QUEUE_MAX_BYTES (8u << 20)

struct tracked *tracked_find(struct flight *flight, pid_t pid)
{
	vec_foreach(tracked, &flight->tracked) {
		if (tracked->process->pid == pid && !tracked->gone)
			return tracked;
	}
	return NULL;
}

bool flight_is_in_story(const struct flight *flight, const struct flight_process *process)
{
	vec_foreach(story, &flight->stories) {
		if (story->report.process == process)
			return true;
	}
	return false;
}

void tracked_drop(struct flight *flight, struct tracked *tracked)
{
	flight_maps_done(&tracked->maps);
	flight_process_free(tracked->process);
	*tracked = flight->tracked.items[--flight->tracked.n];
}

/* Room for one more: whoever has ended, else the smallest, goes. */
static void tracked_make_room(struct flight *flight)
{
	struct tracked *least = NULL;

	if (flight->tracked.n < FLIGHT_MAX_PROCESSES)
		return;
	vec_foreach(tracked, &flight->tracked) {
		if (flight_is_in_story(flight, tracked->process))
			continue;
		if (!least || tracked->gone > least->gone ||
		    (tracked->gone == least->gone &&
		     tracked->process->last_bytes < least->process->last_bytes))
			least = tracked;
	}
	if (least)
		tracked_drop(flight, least);
}

/* Names, command and cgroup, while it lives. */
static void process_learn(struct flight_process *process, const char *comm)
{
	_cleanup_free_ char *of_limit = NULL;

	process->name = strndup(comm, LT_REC_COMM - 1);
	process->exe = procfs_exe(process->pid);
	if (procfs_command(process->pid, &process->command) < 0)
		process->command = NULL;
	process->cgroup = vitals_cgroup(process->pid);
	if (process->cgroup)
		process->cgroup_limit = vitals_cgroup_limit(process->cgroup, &of_limit);
}

static struct tracked *tracked_get(struct flight *flight, const struct lt_rec_sample *sample)
{
	struct tracked *tracked = tracked_find(flight, (pid_t)sample->event.pid);
	struct tracked fresh = { 0 };

	if (!tracked) {
		tracked_make_room(flight);
		fresh.process =
			flight_process_new((pid_t)sample->event.pid, flight->options.max_history);
		if (!fresh.process || vec_push(&flight->tracked, fresh) < 0) {
			flight_process_free(fresh.process);
			return NULL;
		}
		tracked = &flight->tracked.items[flight->tracked.n - 1];
		tracked->process->image = sample->image;
		process_learn(tracked->process, sample->comm);
	} else if (tracked->process->image != sample->image) {
		flight_process_restart(tracked->process, sample->image);
		flight_maps_done(&tracked->maps);
		tracked->looked = false;
		process_learn(tracked->process, sample->comm);
	}
	return tracked;
}

void tracked_look(struct flight *flight, struct tracked *tracked)
{
	struct flight_process *process = tracked->process;

	if (tracked->looked)
		return;
	tracked->looked = true;
	flight->options.look(flight->options.data, process->pid, process->exe, &process->test);
}

static void sample_apply(struct flight *flight, struct tracked *tracked,
			 const struct lt_rec_sample *sample, size_t n_bytes)
{
	uint64_t page = flight->page_bytes, base = OOM_UNKNOWN;
	uint64_t now = (sample->pages.anon + sample->pages.shmem) * page;
	uint32_t stack = flight_stacks_get(&flight->options, &tracked->maps, sample, n_bytes);
	struct flight_process *process = tracked->process;

	/* Not as soon as it is seen: the first look at others must not wait for it. */
	if (!tracked->gone && (sample->event.type == LT_REC_REFUSED || now >= LOOK_BYTES))
		tracked_look(flight, tracked);
	if (sample->base_pages != LT_REC_BASE_UNKNOWN)
		base = sample->base_pages * page;
	if (sample->event.type == LT_REC_REFUSED) {
		if (flight_process_refuse(process, stack, sample->asked) < 0)
			flight->n_lost_queue++;
		return;
	}
	if (sample->event.type == LT_REC_LAST) {
		process->doing = stack;
		/* The OOM reaper may have begun: less than before is no news. */
		if (now < process->last_bytes)
			return;
	}
	/* Without memory the gain is among those of other places. */
	if (flight_process_sample(process, stack, now, base) < 0)
		flight->n_lost_queue++;
}

/* Takes a sample out of the ring, and looks at its process while that lives. */
int flight_on_sample(void *data, void *bytes, size_t n)
{
	const struct lt_rec_sample *sample = bytes;
	struct flight *flight = data;
	struct queued queued = { 0 };
	struct tracked *tracked;

	if (n < sizeof(*sample) || n - sizeof(*sample) < sample->raw.n_bytes ||
	    sample->event.pid == (uint32_t)getpid())
		return 0;
	tracked = tracked_get(flight, sample);
	if (!tracked)
		return 0;
	flight->n_samples++;
	flight_stacks_prepare(&flight->options, &tracked->maps, sample);
	queued.n_bytes = sizeof(*sample) + sample->raw.n_bytes;
	/* Growth shows in the next sample too. */
	if (sample->event.type == LT_REC_GROWTH &&
	    flight->queue_bytes + queued.n_bytes > QUEUE_MAX_BYTES)
		return 0;
	queued.sample = malloc(queued.n_bytes);
	if (!queued.sample || vec_push(&flight->queue, queued) < 0) {
		free(queued.sample);
		flight->n_lost_queue++;
		return 0;
	}
	memcpy(queued.sample, sample, queued.n_bytes);
	flight->queue_bytes += queued.n_bytes;
	return 0;
}

/* Works on what waits, until it is done or UNTIL_NS. */
void flight_queue_work(struct flight *flight, uint64_t until_ns)
{
	while (flight->queue_first < flight->queue.n) {
		struct queued queued = flight->queue.items[flight->queue_first++];

		vec_foreach(tracked, &flight->tracked) {
			if (tracked->process->pid != (pid_t)queued.sample->event.pid ||
			    tracked->process->image != queued.sample->image)
				continue;
			sample_apply(flight, tracked, queued.sample, queued.n_bytes);
			break;
		}
		flight->queue_bytes -= queued.n_bytes;
		free(queued.sample);
		if (clock_ns(CLOCK_MONOTONIC) >= until_ns)
			break;
	}
	if (flight->queue_first == flight->queue.n)
		flight->queue_first = flight->queue.n = 0;
}
