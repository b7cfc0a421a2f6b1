/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a block stands for that was recorded by chance (--sample-bytes): as many blocks and bytes
 * as make the sum over all recorded blocks right on average.
 */
#ifndef LT_MODEL_ESTIMATE_H
#define LT_MODEL_ESTIMATE_H

#include <stdint.h>

struct estimate {
	uint64_t n_blocks;
	uint64_t bytes;
};

/*
 * A block of BYTES at ADDRESS was recorded with the chance 1 - exp(-(BYTES + 1) / SAMPLE_BYTES):
 * it stands for as many as the inverse of that. Always the same for the same block. It is the
 * block itself if SAMPLE_BYTES is 0.
 */
struct estimate estimate_of(uint64_t sample_bytes, uint64_t address, uint64_t bytes);

#endif
