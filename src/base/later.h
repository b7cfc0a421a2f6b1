/* SPDX-License-Identifier: BSD-2-Clause */
/* Work that mostly waits, done by a thread while the caller goes on with something else. */
#ifndef LT_BASE_LATER_H
#define LT_BASE_LATER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/cleanup.h"

/* All zeros: nothing has been begun. */
struct later {
	int (*function)(void *data);
	void *data;
	int result;
	bool in_thread;
	bool is_over; /* written by the thread */
	pthread_t thread;
};

/* Begins FUNCTION; its data is its own until later_end(). Without a thread it is done at once. */
void later_begin(struct later *later, int (*function)(void *data), void *data);

/* Whether later_end() would return at once. */
bool later_is_over(const struct later *later);

/* Waits for it; what it has returned, or 0 if nothing was begun since the last time. */
int later_end(struct later *later);

#endif
