// SPDX-License-Identifier: BSD-2-Clause
/*
 * loop SECONDS: allocates and frees for that long, to be attached to. Every few milliseconds it
 * writes a line: the time, the pairs made until then, the CPU time used until then, and the
 * longest time since the line before in which it made no progress (nanoseconds).
 */
#include "bench.h"

enum { MAX_SECONDS = 600, N_BATCH = 64 };

static const uint64_t line_ns = 5000000;

__attribute__((noinline)) static void batch_make(void)
{
	for (size_t i = 0; i < N_BATCH; i++)
		free(pointer_keep(malloc(16 + i * 7)));
}

int main(int argc, char **argv)
{
	uint64_t begin = clock_ns(CLOCK_MONOTONIC);
	uint64_t seconds = number_read(argc, argv, 1, MAX_SECONDS);
	uint64_t now = begin, line = begin, before, longest = 0, n_pairs = 0;

	while (now - begin < seconds * 1000000000u) {
		before = now;
		batch_make();
		n_pairs += N_BATCH;
		now = clock_ns(CLOCK_MONOTONIC);
		if (now - before > longest)
			longest = now - before;
		if (now - line < line_ns)
			continue;
		numbers_write(now, n_pairs, clock_ns(CLOCK_PROCESS_CPUTIME_ID), longest);
		line = now;
		longest = 0;
	}
	return 0;
}
