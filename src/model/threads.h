/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads that one process has made and not released. The kernel names a thread by its tid,
 * the program by its handle (a pthread_t). Fed in the order of time.
 */
#ifndef LT_MODEL_THREADS_H
#define LT_MODEL_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

enum { THREAD_NAME_BYTES = 16 }; /* as long as the kernel's own */

struct thread {
	uint32_t tid;
	uint32_t stack;	  /* of its creator; index within the space, 0: none */
	uint32_t epoch;	  /* of the test that it was born in; 0: none */
	uint32_t routine; /* id of a stack of one place: the function that it runs; 0: not known */
	uint64_t handle;
	uint64_t birth_ns;
	bool joinable; /* its end is not the last of it: made by pthread_create, not detached */
	bool ended;    /* before its process */
	bool before;   /* it is older than the attach: no more is known of it */
	char name[THREAD_NAME_BYTES];
};

struct threads {
	VEC(struct thread) list; /* the oldest first */
};

void threads_done(struct threads *threads);

int threads_start(struct threads *threads, const struct thread *thread) _must_check_;

/*
 * The thread with HANDLE was joined, or detached; unknown ones are older than the attach. Returns
 * whether it was known.
 */
bool threads_release(struct threads *threads, uint64_t handle);

/* It has ended, by itself or WITH_PROCESS. */
void threads_end(struct threads *threads, uint32_t tid, const char name[THREAD_NAME_BYTES],
		 bool with_process);

#endif
