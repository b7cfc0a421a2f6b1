// SPDX-License-Identifier: BSD-2-Clause
/*
 * churn THREADS ROUNDS KEPT: each thread allocates and frees ROUNDS blocks, several alive at a
 * time, and keeps KEPT more: nothing may be lost when calls of many threads overlap.
 */
#include <pthread.h>

#include "truth.h"

enum { MAX_THREADS = 64, N_ALIVE = 16, N_BYTES = 40 };

static size_t n_rounds;
static size_t n_kept;

LEAKER void leak_kept(void)
{
	hold(malloc(N_BYTES));
}

LEAKER void *churn(size_t bytes)
{
	return hold(malloc(bytes));
}

static void *thread_main(void *unused)
{
	void *alive[N_ALIVE] = { NULL };

	for (size_t i = 0; i < n_rounds; i++) {
		free(alive[i % N_ALIVE]);
		alive[i % N_ALIVE] = churn(16 + i % 500);
	}
	for (size_t i = 0; i < N_ALIVE; i++)
		free(alive[i]);
	for (size_t i = 0; i < n_kept; i++)
		leak_kept();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	size_t n_threads = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;

	if (n_threads < 1 || n_threads > MAX_THREADS)
		return 2;
	n_rounds = strtoul(argv[2], NULL, 10);
	n_kept = strtoul(argv[3], NULL, 10);
	for (size_t i = 0; i < n_threads; i++) {
		if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0)
			return 97;
	}
	for (size_t i = 0; i < n_threads; i++) {
		if (pthread_join(threads[i], NULL) != 0)
			return 97;
	}
	truth_begin();
	if (n_kept > 0)
		truth_site("leak_kept", n_threads * n_kept, n_threads * n_kept * N_BYTES);
	truth_absent("churn");
	truth_number("allocations_at_least", n_threads * (n_rounds + n_kept));
	truth_number("frees_at_least", n_threads * n_rounds);
	truth_end();
	return 0;
}
