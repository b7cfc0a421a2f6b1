// SPDX-License-Identifier: BSD-2-Clause
/*
 * live LIVE N: allocates LIVE blocks, then N times frees one of them, chosen at random, and
 * allocates another, and ends with LIVE blocks alive. Writes what pairs writes; the CPU time is
 * that of the N pairs.
 */
#include <sys/mman.h>

#include "bench.h"

enum { MAX_LIVE = 10000000, N_BYTES = 48 };

int main(int argc, char **argv)
{
	uint64_t begin = clock_ns(CLOCK_MONOTONIC);
	size_t n_live = number_read(argc, argv, 1, MAX_LIVE);
	size_t n_pairs = number_read(argc, argv, 2, SIZE_MAX);
	uint64_t random = 88172645463325252u;
	uint64_t cpu;
	void **blocks;

	if (n_live < 1)
		return 2;
	blocks = mmap(NULL, n_live * sizeof(*blocks), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (blocks == MAP_FAILED)
		return 97;
	for (size_t i = 0; i < n_live; i++)
		blocks[i] = pointer_keep(malloc(N_BYTES));
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 0; i < n_pairs; i++) {
		void **block;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		block = &blocks[random % n_live];
		free(*block);
		*block = pointer_keep(malloc(N_BYTES));
	}
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	numbers_write(n_pairs, cpu, begin, clock_ns(CLOCK_MONOTONIC));
	return 0;
}
