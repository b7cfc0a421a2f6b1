// SPDX-License-Identifier: BSD-2-Clause
/* Samples of living processes: see sampler.h. */
#include "collect/sampler.h"

#include "collect/vitals.h"
#include "base/clock.h"

static uint64_t known(uint64_t number)
{
	return number == OOM_UNKNOWN ? 0 : number;
}

static void sampler_take(struct images *images)
{
	size_t left = images->n_live;

	for (uint32_t id = 0; id < LT_MAX_SPACES && left; id++) {
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
			.rss_bytes = known(vitals.anon_bytes) + known(vitals.file_bytes) +
				     known(vitals.shmem_bytes),
			.n_fds = known(vitals.n_fds),
			.n_threads = known(vitals.n_threads),
		};
		if (samples_add(&image_process(images, image)->samples, &sample) < 0)
			images->n_without_memory++;
	}
}

int sampler_step(struct sampler *sampler, struct images *images, int ms)
{
	uint64_t now_ns, left_ms;

	if (!sampler->interval_ns)
		return ms;
	now_ns = clock_monotonic_ns();
	if (now_ns >= sampler->next_ns) {
		sampler_take(images);
		/* From the end of the work: it is long when there are very many processes. */
		now_ns = clock_monotonic_ns();
		sampler->next_ns = now_ns + sampler->interval_ns;
	}
	left_ms = (sampler->next_ns - now_ns) / 1000000 + 1;
	return left_ms < (uint64_t)ms ? (int)left_ms : ms;
}
