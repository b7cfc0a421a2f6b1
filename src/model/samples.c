// SPDX-License-Identifier: BSD-2-Clause
/* Samples of a process over time: see samples.h. */
#include "model/samples.h"

#include <errno.h>
#include <stdlib.h>

void samples_done(struct samples *samples)
{
	vec_done(&samples->list);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void samples_summarise(struct samples *samples, const struct process_sample *sample)
{
	struct process_sample *peak = &samples->peak;

	if (samples->list.n == 0)
		samples->first = *sample;
	samples->last = *sample;
	peak->rss_bytes = larger(peak->rss_bytes, sample->rss_bytes);
	peak->n_fds = larger(peak->n_fds, sample->n_fds);
	peak->n_threads = larger(peak->n_threads, sample->n_threads);
}

/* Drops every second one; the first stays. */
static void samples_thin(struct samples *samples)
{
	struct process_sample *items = samples->list.items;
	size_t n = 0;

	for (size_t i = 0; i < samples->list.n; i += 2)
		items[n++] = items[i];
	samples->list.n = n;
	/* As far apart as those that are left. */
	samples->spacing_ns = (items[n - 1].time_ns - items[0].time_ns) / (n - 1);
}

int samples_add(struct samples *samples, const struct process_sample *sample)
{
	size_t n = samples->list.n;

	samples_summarise(samples, sample);
	/* Not quite the distance: clocks and wake-ups are a little early or late. */
	if (n && sample->time_ns - samples->list.items[n - 1].time_ns <
			 samples->spacing_ns - samples->spacing_ns / 8)
		return 0;
	if (n == SAMPLES_MAX)
		samples_thin(samples);
	return vec_push(&samples->list, *sample);
}
