// SPDX-License-Identifier: BSD-2-Clause
/* The most that processes held: see peaks.h. */
#include "model/peaks.h"

#include "model/result.h"

void peaks_done(struct peaks *peaks)
{
	vec_done(&peaks->items);
}

void process_peak_wait(struct process_peak *peak, uint64_t since_ns, uint64_t time_ns)
{
	if (time_ns > since_ns && time_ns - since_ns > peak->gap_ns)
		peak->gap_ns = time_ns - since_ns;
}

bool process_peak_look(struct process_peak *peak, uint64_t since_ns, uint64_t time_ns,
		       uint64_t bytes, uint64_t n_blocks)
{
	process_peak_wait(peak, since_ns, time_ns);
	if (peak->n_looks++ && bytes <= peak->bytes)
		return false;
	peak->time_ns = time_ns;
	peak->bytes = bytes;
	peak->n_blocks = n_blocks;
	return true;
}

int peaks_add_sites(struct result *result)
{
	vec_foreach(part, &result->peaks.items) {
		const struct process *process = &result->processes.items[part->process];
		struct site_key key = { .process = part->process,
					.stack = part->stack,
					.kind = KIND_MEMORY,
					.class = CLASS_PEAK };

		if (sites_add_amount(&result->sites, &key, part->n_blocks, part->bytes,
				     process->peak.time_ns) < 0)
			return -ENOMEM;
	}
	return 0;
}
