// SPDX-License-Identifier: BSD-2-Clause
/* Samples of living processes: see sampler.h. */
#include "collect/sampler.h"

#include <errno.h>
#include <stdlib.h>

#include "collect/vitals.h"
#include "base/clock.h"

/* A pass over the table takes one part in so many of the time. */
enum { SHARE = 20 };

static uint64_t known_or_0(uint64_t number)
{
	return number == OOM_UNKNOWN ? 0 : number;
}

void sampler_done(struct sampler *sampler)
{
	free(sampler->held);
	free(sampler->wanted);
	sampler->held = NULL;
	sampler->wanted = NULL;
}

static int held_prepare(struct sampler *sampler, struct images *images)
{
	if (!sampler->held)
		sampler->held = calloc(LT_MAX_SPACES, sizeof(*sampler->held));
	if (!sampler->wanted)
		sampler->wanted = calloc(LT_MAX_SPACES, sizeof(*sampler->wanted));
	if (!sampler->held || !sampler->wanted)
		return -ENOMEM;
	sampler->images = images;
	for (uint32_t id = 0; id < LT_MAX_SPACES; id++) {
		struct image *image = images->by_space[id];

		sampler->held[id] = 0;
		sampler->wanted[id] = image && !image->ended;
		if (sampler->wanted[id] && sampler->peaks)
			image_peak_begin(image);
	}
	return 0;
}

static int held_add(void *data, const struct table_block *block)
{
	struct sampler *sampler = data;
	struct estimate estimate = estimate_of(sampler->sample_bytes, block->address, block->bytes);

	if (table_is_shadowed(sampler->table, block))
		return 0;
	sampler->held[block->space] += estimate.bytes;
	if (sampler->peaks)
		image_peak_add(sampler->images->by_space[block->space], block->stack, &estimate);
	return 0;
}

static void held_looked(const struct sampler *sampler, uint64_t time_ns)
{
	for (uint32_t id = 0; id < LT_MAX_SPACES && sampler->peaks; id++) {
		if (sampler->wanted[id])
			image_peak_end(sampler->images, sampler->images->by_space[id], time_ns);
	}
}

/* Adds up what the living processes have not released: 1, 0 if it is too early, or -errno. */
static int held_read(struct sampler *sampler, struct images *images)
{
	const struct table_visitor visitor = { .visit = held_add, .data = sampler };
	uint64_t begin_ns = clock_monotonic_ns(), end_ns;
	int r;

	/* Where memory is not traced, allocators are probed for mappings alone. */
	if (begin_ns < sampler->next_pass_ns ||
	    !(images->options.result->kinds & 1u << KIND_MEMORY))
		return 0;
	r = held_prepare(sampler, images);
	if (r == 0)
		r = table_scan(sampler->table, sampler->wanted, TABLE_SHADOWS, &visitor);
	if (r == 0)
		held_looked(sampler, begin_ns);
	end_ns = clock_monotonic_ns();
	sampler->next_pass_ns = end_ns + (SHARE - 1) * (end_ns - begin_ns);
	return r < 0 ? r : 1;
}

static int sampler_take(struct sampler *sampler, struct images *images)
{
	int known = held_read(sampler, images);
	size_t left = images->n_live;

	for (uint32_t id = 0; id < LT_MAX_SPACES && left && known >= 0; id++) {
		struct image *image = images->by_space[id];
		struct flight_vitals vitals;
		struct process_sample sample;

		if (!image || image->ended)
			continue;
		left--;
		if (vitals_read(image->pid, NULL, &vitals) < 0)
			continue;
		sample = (struct process_sample){
			.time_ns = vitals.time_ns,
			.rss_bytes = known_or_0(vitals.anon_bytes) + known_or_0(vitals.file_bytes) +
				     known_or_0(vitals.shmem_bytes),
			.n_fds = known_or_0(vitals.n_fds),
			.n_threads = known_or_0(vitals.n_threads),
			.outstanding_bytes = known ? sampler->held[id] : 0,
			.outstanding_known = (uint64_t)known,
		};
		if (samples_add(&image_process(images, image)->samples, &sample) < 0)
			images->n_without_memory++;
	}
	return known < 0 ? known : 0;
}

int sampler_step(struct sampler *sampler, struct images *images, int ms)
{
	uint64_t now_ns, left_ms;

	if (!sampler->interval_ns)
		return ms;
	now_ns = clock_monotonic_ns();
	if (now_ns >= sampler->next_ns) {
		int r = sampler_take(sampler, images);

		if (r < 0)
			return r;
		/* From the end of the work: it is long when there are very many processes. */
		now_ns = clock_monotonic_ns();
		sampler->next_ns = now_ns + sampler->interval_ns;
	}
	left_ms = (sampler->next_ns - now_ns) / 1000000 + 1;
	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}
