/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of each framework do: the numbers are those that tests/e2e expects. */
#ifndef LT_TESTS_FRAMEWORKS_BODY_H
#define LT_TESTS_FRAMEWORKS_BODY_H

#include <fcntl.h>
#include <pthread.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>

static void *volatile body_slot, *given;

static inline void body_leak(int n, size_t bytes)
{
	for (int i = 0; i < n; i++)
		body_slot = malloc(bytes);
	body_slot = NULL; /* nothing points to them any more */
}

static inline void body_clean(void)
{
	body_slot = malloc(1000);
	free(body_slot);
	body_slot = NULL;
}

/* Of one test, released by a later one. */
static inline void body_give(void)
{
	given = malloc(6002);
}

static inline void body_take(void)
{
	free(given);
	given = NULL;
}

/* A descriptor that nobody closes. */
static inline int body_open(void)
{
	return open("/dev/null", O_RDONLY);
}

static inline void *body_thread_main(void *argument)
{
	return argument;
}

/* A thread that nobody joins or detaches. */
static inline int body_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, body_thread_main, NULL);
}

#endif
