// SPDX-License-Identifier: BSD-2-Clause
/*
 * pairs THREADS DEPTH N: each thread calls itself DEPTH times and at the bottom allocates and
 * frees N blocks, one at a time. Writes: pairs made, CPU time of the loops, time at which main
 * began and ended (nanoseconds).
 */
#include <pthread.h>

#include "bench.h"

enum { MAX_THREADS = 64, MAX_DEPTH = 1000 };

static size_t n_pairs;
static size_t depth;

__attribute__((noinline)) static size_t pairs_make(size_t level)
{
	size_t n = 0;

	if (level > 1) {
		n = pairs_make(level - 1);
		/* Something to do after the call keeps it from becoming a jump. */
		__asm__ volatile("" : "+r"(n));
		return n;
	}
	for (; n < n_pairs; n++)
		free(pointer_keep(malloc(16 + n % 500)));
	return n;
}

static void *thread_main(void *unused)
{
	pairs_make(depth);
	return unused;
}

int main(int argc, char **argv)
{
	uint64_t begin = clock_ns(CLOCK_MONOTONIC);
	size_t n_threads = number_read(argc, argv, 1, MAX_THREADS);
	pthread_t threads[MAX_THREADS];
	uint64_t cpu;

	depth = number_read(argc, argv, 2, MAX_DEPTH);
	n_pairs = number_read(argc, argv, 3, SIZE_MAX);
	if (n_threads < 1)
		return 2;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (size_t i = 1; i < n_threads; i++) {
		if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0)
			return 97;
	}
	pairs_make(depth);
	for (size_t i = 1; i < n_threads; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			return 97;
	}
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	numbers_write(n_threads * n_pairs, cpu, begin, clock_ns(CLOCK_MONOTONIC));
	return 0;
}
