// SPDX-License-Identifier: BSD-2-Clause
/* The weights of sampled blocks: see estimate.h. */
#include "model/estimate.h"

#include <math.h>

/* A number from 0 up to 1 that nobody can tell from a random one. */
static double address_fraction(uint64_t address)
{
	address ^= address >> 33;
	address *= 0xff51afd7ed558ccdull;
	address ^= address >> 33;
	address *= 0xc4ceb9fe1a85ec53ull;
	address ^= address >> 33;
	return (double)(address >> 11) * 0x1p-53;
}

struct estimate estimate_of(uint64_t sample_bytes, uint64_t address, uint64_t bytes)
{
	struct estimate one = { 1, bytes };
	double weight, fraction;

	if (!sample_bytes)
		return one;
	weight = -1 / expm1(-((double)bytes + 1) / (double)sample_bytes);
	/* Always rounding to the nearest would add up to a wrong sum. */
	fraction = address_fraction(address);
	one.n_blocks = (uint64_t)(weight + fraction);
	one.bytes = (uint64_t)(weight * (double)bytes + fraction);
	return one;
}
