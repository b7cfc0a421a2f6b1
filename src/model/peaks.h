/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The most memory that a process held at any of the looks at it, and which call sites that was:
 * each look adds up all that is not released, and the one with the most bytes is kept.
 */
#ifndef LT_MODEL_PEAKS_H
#define LT_MODEL_PEAKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct result;

struct process_peak {
	uint64_t n_looks; /* 0: nobody looked, and the others say nothing */
	uint64_t time_ns; /* of the look with the most bytes; CLOCK_MONOTONIC */
	uint64_t bytes;
	uint64_t n_blocks;
	uint64_t gap_ns; /* the longest time without a look, from the start of the process on */
};

/* What one call site held at the peak of its process. */
struct peak_part {
	uint32_t process; /* index in result.processes */
	uint32_t stack;	  /* stack.id */
	uint64_t bytes;
	uint64_t n_blocks;
};

struct peaks {
	VEC(struct peak_part) items;
};

void peaks_done(struct peaks *peaks);

/*
 * A look at TIME_NS found N_BLOCKS of BYTES. SINCE_NS is the one before, or the start of the
 * process. Whether it has more bytes than all others.
 */
bool process_peak_look(struct process_peak *peak, uint64_t since_ns, uint64_t time_ns,
		       uint64_t bytes, uint64_t n_blocks);

/* Nobody looked from SINCE_NS until TIME_NS. */
void process_peak_wait(struct process_peak *peak, uint64_t since_ns, uint64_t time_ns);

/*
 * Adds a site of CLASS_PEAK for each call site of a peak: it is about blocks that other sites may
 * count too. Returns 0 or -ENOMEM.
 */
int peaks_add_sites(struct result *result) _must_check_;

#endif
