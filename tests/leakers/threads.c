// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads: joined in each way, detached in each way, never joined, still running at the end, made
 * by C11 and by clone(). The argument chooses.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <threads.h>
#include <time.h>

#include "truth.h"

enum { N_THREADS = 100 };

static pthread_t threads[N_THREADS];

/* musl has no function of this name. */
#ifndef __GLIBC__
#define pthread_clockjoin_np(thread, result, clock, until) pthread_join(thread, result)
#endif
static atomic_int n_ended;

static void *brief(void *argument)
{
	atomic_fetch_add(&n_ended, 1);
	return argument;
}

static void *endless(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void *detaches_itself(void *argument)
{
	if (pthread_detach(pthread_self()) != 0)
		_exit(97);
	return brief(argument);
}

LEAKER void create(int i, const pthread_attr_t *attributes, void *(*routine)(void *))
{
	if (pthread_create(&threads[opaque(i)], attributes, routine, NULL) != 0)
		_exit(97);
	atomic_signal_fence(memory_order_seq_cst);
}

/* The threads have really ended, not only run to their last line. */
static void wait_alone(unsigned n_left)
{
	char path[] = "/proc/self/task";
	struct timespec pause_ns = { 0, 2000000 };

	for (int i = 0; i < 5000; i++) {
		uint64_t entries[512];
		int fd = open(path, O_RDONLY | O_DIRECTORY);
		unsigned n = 0;
		long bytes;

		while ((bytes = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
			for (long at = 0; at < bytes;) {
				const char *entry = (const char *)entries + at;

				n += entry[19] != '.';
				at += *(const unsigned short *)(entry + 16);
			}
		}
		close(fd);
		if (n == n_left)
			return;
		nanosleep(&pause_ns, NULL);
	}
	_exit(96);
}

static void joined(void)
{
	struct timespec later = { 0 };

	for (int i = 0; i < N_THREADS; i++)
		create(i, NULL, brief);
	clock_gettime(CLOCK_REALTIME, &later);
	later.tv_sec += 60;
	for (int i = 0; i < N_THREADS; i++) {
		int r = 1;

		if (i % 4 == 0)
			r = pthread_join(threads[i], NULL);
		else if (i % 4 == 1)
			r = pthread_timedjoin_np(threads[i], NULL, &later);
		else if (i % 4 == 2)
			r = pthread_clockjoin_np(threads[i], NULL, CLOCK_REALTIME, &later);
		else
			while ((r = pthread_tryjoin_np(threads[i], NULL)) == EBUSY)
				sched_yield();
		if (r != 0)
			_exit(97);
	}
}

static void detached(void)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < N_THREADS; i++) {
		if (i % 3 == 0)
			create(i, &attributes, brief);
		else if (i % 3 == 1)
			create(i, NULL, detaches_itself);
		else {
			create(i, NULL, brief);
			if (pthread_detach(threads[i]) != 0)
				_exit(97);
		}
	}
	wait_alone(1);
}

static void unjoined(void)
{
	pthread_attr_t attributes;

	/* Joinable by its attributes, which say something else. */
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	for (int i = 0; i < 5; i++)
		create(i, i % 2 ? &attributes : NULL, brief);
	create(5, NULL, brief);
	if (pthread_join(threads[5], NULL) != 0)
		_exit(97);
	wait_alone(1);
	truth_thread("create", "leaked", 5);
}

static void running(void)
{
	for (int i = 0; i < 3; i++)
		create(i, NULL, endless);
	create(3, NULL, endless);
	if (pthread_detach(threads[3]) != 0)
		_exit(97);
	truth_thread("create", "at-exit", 3);
}

static int c11_routine(void *argument)
{
	(void)argument;
	return 0;
}

LEAKER void create_c11(thrd_t *thread)
{
	if (thrd_create(thread, c11_routine, NULL) != thrd_success)
		_exit(97);
	atomic_signal_fence(memory_order_seq_cst);
}

static void c11(void)
{
	thrd_t leaked, other;

	create_c11(&leaked);
	create_c11(&other);
	if (thrd_join(other, NULL) != thrd_success)
		_exit(97);
	create_c11(&other);
	if (thrd_detach(other) != thrd_success)
		_exit(97);
	wait_alone(1);
	truth_thread("create_c11", "leaked", 1);
}

/* The child uses nothing of the C library: it has no thread-local memory of its own. */
static int raw_ends(void *argument)
{
	(void)argument;
	syscall(SYS_exit, 0);
	return 0;
}

static int raw_stays(void *argument)
{
	(void)argument;
	for (;;)
		syscall(SYS_pause);
	return 0;
}

LEAKER void create_raw(int (*routine)(void *), char *stack)
{
	int flags =
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	if (clone(routine, stack, flags, NULL) < 0)
		_exit(97);
	atomic_signal_fence(memory_order_seq_cst);
}

static void raw(void)
{
	static char stacks[2][65536] __attribute__((aligned(16)));

	create_raw(raw_ends, stacks[1]);
	wait_alone(1);
	create_raw(raw_stays, stacks[1]);
	truth_thread("create_raw", "at-exit", 1);
	(void)stacks[0];
}

/* Thread numbers and handles are used again and again. */
static void churn(void)
{
	for (int i = 0; i < 2000; i++) {
		create(0, NULL, brief);
		create(1, NULL, detaches_itself);
		if (pthread_join(threads[0], NULL) != 0)
			_exit(97);
	}
	create(0, NULL, brief);
	wait_alone(1);
	truth_thread("create", "leaked", 1);
}

int main(int argc, char **argv)
{
	const struct {
		const char *name;
		void (*run)(void);
	} ways[] = {
		{ "joined", joined },	{ "detached", detached }, { "unjoined", unjoined },
		{ "running", running }, { "c11", c11 },		  { "raw", raw },
		{ "churn", churn },
	};

	truth_begin();
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		ways[i].run();
		truth_end();
		return 0;
	}
	return 2;
}
