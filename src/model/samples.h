/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the memory, descriptors and threads of a process went over time: looked at now and then, and
 * thinned out as the run gets long, so that a process costs the same however long it lives.
 */
#ifndef LT_MODEL_SAMPLES_H
#define LT_MODEL_SAMPLES_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* No more than this many are kept of a process. */
enum { SAMPLES_MAX = 256 };

struct process_sample {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t rss_bytes;
	uint64_t n_fds;
	uint64_t n_threads;
	uint64_t outstanding_bytes; /* of memory that was not released; */
	uint64_t outstanding_known; /* 1, or 0: nobody has added it up then */
};

struct samples {
	VEC(struct process_sample) list; /* in the order of time */
	uint64_t spacing_ns;		 /* samples closer to the last one than this are not kept */
	struct process_sample first;
	struct process_sample last; /* kept or not */
	struct process_sample
		peak; /* of each number on its own, those that were not kept included */
};

void samples_done(struct samples *samples);

/*
 * Adds what was seen at its time. When there are too many, every second one goes, and from then on
 * they are kept half as often. Returns 0 or -ENOMEM.
 */
int samples_add(struct samples *samples, const struct process_sample *sample) _must_check_;

#endif
