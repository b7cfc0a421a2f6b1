/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sampling by bytes: every byte that is allocated is a sample with the same small chance,
 * independently of all others, and a block is recorded if one of its bytes is. So a block of
 * SIZE bytes is recorded with the chance 1 - exp(-SIZE / N), and user space knows how many
 * blocks it stands for. What is drawn is the distance from one sample to the next, which is
 * distributed exponentially; a thread counts it down.
 */
#ifndef LT_SAMPLE_BPF_H
#define LT_SAMPLE_BPF_H

#include "maps.bpf.h"

#define SAMPLE_FRACTION 24	    /* bits behind the point */
#define SAMPLE_LN2	11629080ull /* ln 2 with so many bits behind it */

/*
 * -log2(random / 2^32) with SAMPLE_FRACTION bits behind the point: the whole part is the number
 * of leading zeros, and squaring gives one bit of the rest after the other.
 */
static __always_inline __u64 sample_log2(__u32 random)
{
	__u64 mantissa = random | 1, bit, log = 0;
	__u32 zeros = 0;

	for (__u32 step = 16; step; step /= 2) {
		bit = mantissa >> (32 - step) == 0;
		zeros += bit * step;
		mantissa <<= bit * step;
	}
	for (int i = 0; i < SAMPLE_FRACTION; i++) {
		mantissa = mantissa * mantissa >> 31;
		bit = mantissa >> 32 & 1;
		mantissa >>= bit;
		log = log << 1 | bit;
	}
	return ((__u64)(zeros + 1) << SAMPLE_FRACTION) - log;
}

/* How many bytes further the next sample is: N * -ln(random), at most 23 * N. */
__noinline __u64 sample_distance(__u32 random)
{
	__u64 ln = sample_log2(random) * SAMPLE_LN2 >> SAMPLE_FRACTION;

	return (ln * lt_sample_bytes >> SAMPLE_FRACTION) + 1;
}

/* Whether the block that the call in progress asks for is to be recorded. */
static __always_inline bool sample_wants(struct lt_task *task)
{
	__u64 bytes = task->size + 1; /* a block of no bytes counts as well */

	if (!task->to_sample)
		task->to_sample = sample_distance(bpf_get_prandom_u32());
	if (task->to_sample > bytes) {
		task->to_sample -= bytes;
		return false;
	}
	/* The next one may begin anywhere: what is behind has no say in an exponential one. */
	task->to_sample = 0;
	return true;
}

#endif
