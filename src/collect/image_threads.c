// SPDX-License-Identifier: BSD-2-Clause
/* Threads made, joined, detached and ended: see image_threads.h. */
#include "collect/image_threads.h"

#include <errno.h>
#include <string.h>

#include "collect/callers.h"
#include "collect/image_stacks.h"
#include "collect/procfs.h"

static int apply_start(struct images *images, struct image *image,
		       const struct lt_event_thread *event)
{
	struct thread thread = { .tid = event->tid,
				 .stack = event->stack,
				 .epoch = event->epoch,
				 .handle = event->handle,
				 .birth_ns = event->event.time_ns,
				 .joinable = event->joinable };
	int r = 0;

	/* A detached one is released from the beginning. */
	if (event->handle && !event->joinable)
		return 0;
	if (event->routine)
		r = image_stacks_place(images, image, event->routine, &thread.routine);
	return r < 0 ? r : threads_start(&image->threads, &thread);
}

int image_threads_apply(struct images *images, struct image *image,
			const struct lt_event_thread *event, size_t n)
{
	if (n < sizeof(*event))
		return 0;
	switch (event->action) {
	case LT_THREAD_START:
		return apply_start(images, image, event);
	case LT_THREAD_RELEASE:
		threads_release(&image->threads, event->handle);
		return 0;
	case LT_THREAD_END:
		threads_end(&image->threads, event->tid, event->name, event->with_process);
		return 0;
	}
	return 0;
}

/*
 * Ended, and never joined; or still at work, which is no leak while the process lives, or if it
 * was nobody's task to end it before.
 */
static enum resource_class thread_class(const struct process *process, const struct thread *thread,
					const struct test *test)
{
	if (thread->before)
		return CLASS_BEFORE_ATTACH;
	if (thread->ended || test_is_outlived(test, process->end_ns))
		return CLASS_LEAKED;
	return process->end == END_RUNNING ? CLASS_OUTSTANDING : CLASS_AT_EXIT;
}

static int fold_thread(struct images *images, const struct image *image,
		       const struct image_fold *fold, const struct thread *thread)
{
	struct process *process = image_process(images, image);
	const struct tests *tests = &images->options.result->tests;
	struct site_key key = { .process = image->process,
				.kind = KIND_THREAD,
				.test = tests_number(tests, thread->epoch) };
	char name[THREAD_NAME_BYTES];
	struct object object = { .address = thread->tid, .routine = thread->routine };
	int r = callers_of(images->options.stacks, images->options.modules,
			   image_stack(image, thread->stack), &key.stack);

	if (r < 0)
		return r;
	key.class = thread_class(process, thread, tests_get(tests, key.test));
	process->totals.threads += key.class != CLASS_BEFORE_ATTACH;
	process->totals.threads_at_exit += key.class == CLASS_AT_EXIT;
	memcpy(name, thread->name, sizeof(name));
	if (!name[0])
		procfs_thread_name(image->pid, (pid_t)thread->tid, name);
	object.target = name[0] ? name : NULL;
	if (fold->now_ns < thread->birth_ns + fold->older_than_ns)
		return 0;
	return sites_add(fold->to, &key, &object, thread->birth_ns);
}

int image_threads_fold(struct images *images, const struct image *image,
		       const struct image_fold *fold)
{
	struct process *process = image_process(images, image);
	int r = 0;

	process->totals.threads = process->totals.threads_at_exit = 0;
	/* The threads of the image before an exec are gone with it. */
	if (process->end == END_EXEC)
		return 0;
	vec_foreach(thread, &image->threads.list) {
		r = fold_thread(images, image, fold, thread);
		if (r < 0)
			return r;
	}
	return r;
}
