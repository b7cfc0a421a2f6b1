// SPDX-License-Identifier: BSD-2-Clause
/* Work that a thread does meanwhile: see later.h. */
#include "base/later.h"

#include <signal.h>

static void *later_run(void *data)
{
	struct later *later = data;

	later->result = later->function(later->data);
	__atomic_store_n(&later->is_over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Signals are for the thread that was there before. */
void later_begin(struct later *later, int (*function)(void *data), void *data)
{
	sigset_t all, before;

	*later = (struct later){ .function = function, .data = data };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	later->in_thread = pthread_create(&later->thread, NULL, later_run, later) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!later->in_thread)
		later_run(later);
}

bool later_is_over(const struct later *later)
{
	return !later->in_thread || __atomic_load_n(&later->is_over, __ATOMIC_ACQUIRE);
}

int later_end(struct later *later)
{
	int result;

	if (later->in_thread)
		pthread_join(later->thread, NULL);
	result = later->result;
	*later = (struct later){ 0 };
	return result;
}
