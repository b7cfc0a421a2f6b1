/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes now and then how much memory, descriptors and threads the living processes have, and how
 * much memory they have not released. Adding that up takes a pass over the table of blocks, which
 * is made as often as it takes no more than one part in twenty of the time.
 */
#ifndef LT_COLLECT_SAMPLER_H
#define LT_COLLECT_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "collect/images.h"
#include "collect/table.h"

struct sampler {
	uint64_t interval_ns; /* 0: no samples are taken */
	uint64_t next_ns;
	struct table *table;
	bool peaks;	       /* the look at which a process held most is kept */
	uint64_t sample_bytes; /* blocks were recorded by chance; 0: all of them were */
	uint64_t next_pass_ns;
	uint64_t *held;	       /* bytes, by space; NULL: not needed yet */
	bool *wanted;	       /* for table_scan() */
	struct images *images; /* of the pass that is made */
};

void sampler_done(struct sampler *sampler);

/*
 * Adds a sample to each living process, when it is time. Returns in how many ms it is time again,
 * at most MS, or a negative errno.
 */
int sampler_step(struct sampler *sampler, struct images *images, int ms) _must_check_;

#endif
