/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks of the flight recorder's samples: what a process maps, and unwinding by it. */
#ifndef LT_COLLECT_FLIGHT_STACKS_H
#define LT_COLLECT_FLIGHT_STACKS_H

#include "collect/flight.h"

/* What one process maps, as procfs said when it was last asked. */
struct flight_maps {
	struct mappings *mappings; /* NULL: not read yet */
	uint64_t read_ns;
};

/* Reads what the process of SAMPLE maps, if that is not known yet: it may not live much longer. */
void flight_stacks_prepare(const struct flight_options *options, struct flight_maps *maps,
			   const struct lt_rec_sample *sample);

/*
 * The id of the stack in SAMPLE (N_BYTES long), 0: there is none. Mappings are read when an address
 * is in none of them, at most once in a while for a process.
 */
uint32_t flight_stacks_get(const struct flight_options *options, struct flight_maps *maps,
			   const struct lt_rec_sample *sample, size_t n_bytes);

void flight_maps_done(struct flight_maps *maps);

#endif
