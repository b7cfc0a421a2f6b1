/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes now and then how much memory, descriptors and threads the living processes have. */
#ifndef LT_COLLECT_SAMPLER_H
#define LT_COLLECT_SAMPLER_H

#include <stdint.h>

#include "base/cleanup.h"
#include "collect/images.h"

struct sampler {
	uint64_t interval_ns; /* 0: no samples are taken */
	uint64_t next_ns;
};

/*
 * Adds a sample to each living process, when it is time. Returns in how many ms it is time again,
 * at most MS.
 */
int sampler_step(struct sampler *sampler, struct images *images, int ms);

#endif
