// SPDX-License-Identifier: BSD-2-Clause
/*
 * The main thread ends first; a second thread leaks after that and ends the process, while a
 * third one is in the middle of allocating.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "truth.h"

static pthread_t main_thread;
static atomic_uint n_churned;

LEAKER void leak_in_main(void)
{
	for (int i = 0; i < 10; i++)
		hold(malloc(70));
}

LEAKER void leak_after_main(void)
{
	for (int i = 0; i < 30; i++)
		hold(malloc(90));
}

/* Holds at most one block when the process ends: it is not part of the truth. */
LEAKER void churn_until_the_end(void)
{
	for (;;) {
		free(hold(malloc(32)));
		atomic_fetch_add(&n_churned, 1);
	}
}

static void *churner_main(void *unused)
{
	churn_until_the_end();
	return unused;
}

static void *ender_main(void *unused)
{
	if (pthread_join(main_thread, NULL) != 0)
		_exit(97);
	leak_after_main();
	while (atomic_load(&n_churned) < 1000)
		usleep(1000);
	truth_begin();
	truth_site("leak_in_main", 10, 700);
	truth_site("leak_after_main", 30, 2700);
	truth_word("maybe", "churn_until_the_end");
	truth_number("status", 9);
	truth_end();
	_exit(9);
	return unused;
}

int main(void)
{
	pthread_t thread;

	main_thread = pthread_self();
	leak_in_main();
	if (pthread_create(&thread, NULL, churner_main, NULL) != 0)
		return 97;
	if (pthread_create(&thread, NULL, ender_main, NULL) != 0)
		return 97;
	pthread_exit(NULL);
}
