/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of each framework do: tests/e2e/frameworks.bash expects these numbers.
 * With CRASH in the environment, one of them ends its process.
 */
#ifndef LT_TESTS_FRAMEWORKS_BODY_H
#define LT_TESTS_FRAMEWORKS_BODY_H

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *volatile body_slot, *body_given, *body_held;
static volatile pid_t body_tid;
static volatile int body_two = 2; /* so that the compiler does not unroll loops */

/* What calls have left on the stack would still be there if the process ended in another call. */
static __attribute__((noinline)) void body_wipe(void)
{
	volatile char left[4096];

	for (size_t i = 0; i < sizeof(left); i++)
		left[i] = 0;
}

/* So large that each has pages of its own, where no old pointer can lead. */
static __attribute__((noinline, unused)) void body_leak(int n, size_t n_units)
{
	for (int i = 0; i < n; i++)
		body_slot = malloc(n_units * 20000);
	body_slot = NULL;
	body_wipe(); /* nothing points to them any more */
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
	body_given = malloc(6002);
}

static inline void body_take(void)
{
	free(body_given);
	body_given = NULL;
}

/* Of a test or its fixture, released by the fixture. */
static inline void body_hold(void)
{
	body_held = malloc(500);
}

static inline void body_release(void)
{
	free(body_held);
	body_held = NULL;
}

/* Descriptors that nobody closes; from one place, so that the end of the process is no excuse. */
static inline void body_open(void)
{
	for (int i = 0; i < body_two; i++)
		(void)!open("/dev/null", O_RDONLY);
}

static inline void *body_thread_main(void *argument)
{
	body_tid = (pid_t)syscall(SYS_gettid);
	return argument;
}

/* A thread that nobody joins or detaches. It has ended before its process may. */
static inline void body_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, body_thread_main, NULL))
		return;
	for (int i = 0; i < 10000; i++) {
		if (body_tid && syscall(SYS_tgkill, getpid(), body_tid, 0))
			return;
		usleep(1000);
	}
}

static inline void body_crash(void)
{
	if (getenv("CRASH"))
		abort();
}

#endif
