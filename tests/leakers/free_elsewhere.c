// SPDX-License-Identifier: BSD-2-Clause
/* Blocks that one thread allocates and another one frees or reallocates, in both directions. */
#include <pthread.h>

#include "truth.h"

enum { N_BLOCKS = 100, N_FREED = 60, N_BYTES = 123 };

static void *of_main[N_BLOCKS];
static void *of_thread[N_BLOCKS];

LEAKER void leak_in_main(void)
{
	for (int i = 0; i < N_BLOCKS; i++)
		of_main[i] = hold(malloc(N_BYTES));
}

LEAKER void leak_in_thread(void)
{
	for (int i = 0; i < N_BLOCKS; i++)
		of_thread[i] = hold(malloc(N_BYTES));
}

LEAKER void leak_grown_elsewhere(void)
{
	of_main[N_BLOCKS - 1] = hold(realloc(of_main[N_BLOCKS - 1], opaque(9 * N_BYTES)));
}

static void *thread_main(void *unused)
{
	leak_in_thread();
	for (int i = 0; i < N_FREED; i++)
		free(of_main[i]);
	leak_grown_elsewhere();
	return unused;
}

int main(void)
{
	pthread_t thread;

	leak_in_main();
	if (pthread_create(&thread, NULL, thread_main, NULL) != 0)
		return 97;
	if (pthread_join(thread, NULL) != 0)
		return 97;
	for (int i = 0; i < N_BLOCKS; i++)
		free(of_thread[i]);
	truth_begin();
	truth_site("leak_in_main", N_BLOCKS - N_FREED - 1, (N_BLOCKS - N_FREED - 1) * N_BYTES);
	truth_site("leak_grown_elsewhere", 1, 9 * N_BYTES);
	truth_absent("leak_in_thread");
	truth_end();
	return 0;
}
