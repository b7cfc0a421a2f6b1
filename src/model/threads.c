// SPDX-License-Identifier: BSD-2-Clause
/* A list of threads: see threads.h. */
#include "model/threads.h"

#include <string.h>

void threads_done(struct threads *threads)
{
	vec_done(&threads->list);
}

static void threads_remove(struct threads *threads, struct thread *thread)
{
	size_t i = (size_t)(thread - threads->list.items);

	memmove(thread, thread + 1, (threads->list.n - i - 1) * sizeof(*thread));
	threads->list.n--;
}

/* The one with TID that has been made last: the kernel uses numbers again. */
static struct thread *threads_find(struct threads *threads, uint32_t tid)
{
	for (size_t i = threads->list.n; i > 0; i--) {
		if (threads->list.items[i - 1].tid == tid)
			return &threads->list.items[i - 1];
	}
	return NULL;
}

int threads_start(struct threads *threads, const struct thread *thread)
{
	struct thread *known = threads_find(threads, thread->tid);

	/* procfs had it already, when its beginning was still on the way. */
	if (known && known->before && !known->ended)
		threads_remove(threads, known);
	return vec_push(&threads->list, *thread);
}

/*
 * The one that was made first: a handle is given out again only when its thread was released, so
 * where two have the same, the call for the first one is seen late.
 */
bool threads_release(struct threads *threads, uint64_t handle)
{
	vec_foreach(thread, &threads->list) {
		if (!thread->joinable || thread->handle != handle)
			continue;
		/* Detached, it runs on; nobody needs to know its end. */
		threads_remove(threads, thread);
		return true;
	}
	return false;
}

void threads_end(struct threads *threads, uint32_t tid, const char name[THREAD_NAME_BYTES],
		 bool with_process)
{
	struct thread *thread = threads_find(threads, tid);

	if (!thread || thread->ended)
		return;
	memcpy(thread->name, name, THREAD_NAME_BYTES);
	thread->name[THREAD_NAME_BYTES - 1] = '\0';
	thread->ended = !with_process;
	/* Nothing is left of one that was made without pthread_create. */
	if (thread->ended && !thread->joinable)
		threads_remove(threads, thread);
}
