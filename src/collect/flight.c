// SPDX-License-Identifier: BSD-2-Clause
/* What drives the flight recorder's collector: rings, the sampling rate, histories. */
#include "collect/flight.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "collect/flight_state.h"
#include "collect/vitals.h"
#include "base/clock.h"

/* How long samples are worked on at a time, before the rings are looked at again. */
#define WORK_NS (20ull * 1000000)

#define PERIOD_MIN 64
#define PERIOD_MAX 65536
/* Samples in a second above and below which the rate changes. */
enum { SAMPLES_MANY = 100, SAMPLES_FEW = 20 };

/*
 * Samples cost time: as many as show what happens, and no more. Too many are answered at once, too
 * few at the end of a second.
 */
static void rate_adapt(struct flight *flight, uint64_t time_ns)
{
	volatile uint32_t *period = flight->options.period;
	bool many = flight->n_samples > SAMPLES_MANY;

	if (!many && time_ns < flight->next_rate_ns)
		return;
	if (many && *period < PERIOD_MAX)
		*period = *period * 2;
	else if (flight->n_samples<SAMPLES_FEW && * period> PERIOD_MIN)
		*period = *period / 2;
	flight->n_samples = 0;
	flight->next_rate_ns = time_ns + SECOND_NS;
}

static void vitals_note(struct flight *flight)
{
	struct flight_vitals vitals;

	vitals_read_system(&vitals);
	for (size_t i = 0; i < flight->tracked.n;) {
		struct tracked *tracked = &flight->tracked.items[i];
		struct flight_process *process = tracked->process;
		int r = -ESRCH;

		if (!tracked->gone)
			r = vitals_read(process->pid, process->cgroup, &vitals);
		if (r == 0)
			flight_process_note(process, &vitals);
		/*
		 * Its end was lost if it is missed twice: what killed it a moment ago may be in
		 * the ring, and is read before the next look.
		 */
		if (r == -ESRCH && !flight_is_in_story(flight, process) && tracked->missed) {
			tracked_drop(flight, tracked);
		} else {
			tracked->missed = r == -ESRCH;
			i++;
		}
	}
}

int flight_poll(struct flight *flight, bool flush)
{
	uint64_t time_ns;
	int r = ring_buffer__consume(flight->ring);

	if (r < 0)
		return r;
	time_ns = clock_ns(CLOCK_MONOTONIC);
	flight_queue_work(flight, flush ? UINT64_MAX : time_ns + WORK_NS);
	rate_adapt(flight, time_ns);
	if (time_ns >= flight->next_vitals_ns) {
		vitals_note(flight);
		flight->next_vitals_ns = time_ns + flight->options.interval_ns;
	}
	r = flight_stories_end(flight, time_ns, flush);
	if (r < 0)
		return r;
	return flight->queue.n ? 0 : flight->stories.n ? 50 : 500;
}

int flight_watch(struct flight *flight, int epoll_fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring_buffer__epoll_fd(flight->ring), &event) < 0 ?
		       -errno :
		       0;
}

int flight_open(const struct flight_options *options, struct flight **ret_flight, struct diag *diag)
{
	_cleanup_(flight_closep) struct flight *flight = calloc(1, sizeof(*flight));

	if (!flight)
		return -ENOMEM;
	flight->options = *options;
	flight->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	/* Samples first: what a process did comes before its end. */
	flight->ring = ring_buffer__new(options->raws_fd, flight_on_sample, flight, NULL);
	if (!flight->ring ||
	    ring_buffer__add(flight->ring, options->events_fd, flight_on_event, flight) < 0)
		return diag_add(diag, -ENOMEM, "cannot read the recorder's events");
	if (vec_reserve(&flight->tracked, FLIGHT_MAX_PROCESSES) < 0 ||
	    vec_reserve(&flight->stories, 64) < 0)
		return -ENOMEM;
	*ret_flight = TAKE_PTR(flight);
	return 0;
}

void flight_close(struct flight *flight)
{
	if (!flight)
		return;
	vec_foreach(story, &flight->stories)
		flight_report_done(&story->report);
	for (size_t i = flight->queue_first; i < flight->queue.n; i++)
		free(flight->queue.items[i].sample);
	vec_done(&flight->queue);
	vec_foreach(tracked, &flight->tracked) {
		flight_maps_done(&tracked->maps);
		flight_process_free(tracked->process);
	}
	vec_done(&flight->stories);
	vec_done(&flight->tracked);
	ring_buffer__free(flight->ring);
	free(flight);
}

uint64_t flight_n_lost_kills(const struct flight *flight)
{
	return flight->options.losses->kills;
}

bool flight_is_busy(const struct flight *flight)
{
	return flight->stories.n || flight->queue.n;
}

void flight_forget_stacks(struct flight *flight)
{
	vec_foreach(tracked, &flight->tracked) {
		flight_process_forget(tracked->process);
		flight_maps_done(&tracked->maps);
	}
}
