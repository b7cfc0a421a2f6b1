// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads that are cancelled while they allocate and free. Each counts what it did, and is
 * cancelled between two of those counts only, so the truth is known to the block.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "truth.h"

enum { N_THREADS = 20, N_BYTES = 48 };

static atomic_ulong n_held;
static atomic_ulong n_rounds;

LEAKER void *leak_when_cancelled(void)
{
	return hold(malloc(N_BYTES));
}

static void *thread_main(void *unused)
{
	for (;;) {
		void *block = leak_when_cancelled();

		atomic_fetch_add(&n_held, 1);
		atomic_fetch_add(&n_rounds, 1);
		pthread_testcancel();
		free(block);
		atomic_fetch_sub(&n_held, 1);
	}
	return unused;
}

int main(void)
{
	for (unsigned long i = 0; i < N_THREADS; i++) {
		unsigned long seen = atomic_load(&n_rounds);
		pthread_t thread;
		void *result;

		if (pthread_create(&thread, NULL, thread_main, NULL) != 0)
			return 97;
		while (atomic_load(&n_rounds) < seen + 50)
			sched_yield();
		if (pthread_cancel(thread) != 0 || pthread_join(thread, &result) != 0)
			return 97;
		if (result != PTHREAD_CANCELED)
			return 97;
	}
	truth_begin();
	truth_site("leak_when_cancelled", atomic_load(&n_held), atomic_load(&n_held) * N_BYTES);
	truth_number("allocations_at_least", atomic_load(&n_rounds));
	truth_end();
	return atomic_load(&n_held) == N_THREADS ? 0 : 97;
}
