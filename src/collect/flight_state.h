/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the flight recorder's collector share. */
#ifndef LT_COLLECT_FLIGHT_STATE_H
#define LT_COLLECT_FLIGHT_STATE_H

#include <bpf/libbpf.h>

#include "base/clock.h"
#include "collect/flight.h"
#include "collect/flight_stacks.h"

/* A process of the model with what only the collector needs. */
struct tracked {
	struct flight_process *process;
	struct flight_maps maps;
	bool looked; /* its test was looked for */
	bool gone;   /* it has ended */
	bool missed; /* it was not there any more when it was last looked at */
};

/* A sample that has left the ring, so that the ring stays empty, and is not unwound yet. */
struct queued {
	struct lt_rec_sample *sample;
	size_t n_bytes;
};

struct story {
	struct flight_report report;
	uint64_t due_ns;
	bool by_kernel; /* SIGKILL came from the kernel itself */
	bool by_oom;
};

struct flight {
	struct flight_options options;
	struct ring_buffer *ring;
	VEC(struct tracked) tracked;
	VEC(struct story) stories;
	uint64_t next_vitals_ns;
	uint64_t next_rate_ns;
	uint64_t page_bytes;
	uint32_t n_samples; /* since the rate was looked at */
	VEC(struct queued) queue;
	size_t queue_first; /* what is before it has been worked on */
	size_t queue_bytes;
	uint64_t n_lost_queue;
};

/* The living process PID, or NULL. */
struct tracked *tracked_find(struct flight *flight, pid_t pid);
void tracked_drop(struct flight *flight, struct tracked *tracked);

/* Finds its test, if that was not done yet. */
void tracked_look(struct flight *flight, struct tracked *tracked);

/* Does a report that is being put together need the process? */
bool flight_is_in_story(const struct flight *flight, const struct flight_process *process);

/* Callbacks of the two rings. */
int flight_on_sample(void *data, void *bytes, size_t n);
int flight_on_event(void *data, void *bytes, size_t n);

/* Works on the samples that wait, until it is done or UNTIL_NS. */
void flight_queue_work(struct flight *flight, uint64_t until_ns);

/* Makes the reports that are due; FLUSH: all. */
int flight_stories_end(struct flight *flight, uint64_t time_ns, bool flush);

#endif
