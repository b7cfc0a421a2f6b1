/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tests begin and end. The boundary takes effect here, at once: user space learns of it
 * later and only puts names to epochs.
 */
#ifndef LT_BOUNDARY_BPF_H
#define LT_BOUNDARY_BPF_H

#include "maps.bpf.h"
#include "space.bpf.h"
#include "syscall.bpf.h"

/* The epoch that a block of this thread is born into. */
static __always_inline __u32 boundary_epoch(const struct lt_task *task,
					    const struct lt_space *space)
{
	return task->epoch ? task->epoch : space->epoch;
}

/*
 * The running thread has made another one, CHILD. Threads of a test belong to it; and libtest makes
 * one for each test, in the order of their names.
 */
static __always_inline void boundary_thread(struct task_struct *child)
{
	struct lt_task *task = task_current(), *made;
	__u32 space_id = space_of(task);
	struct lt_space *space = space_get(space_id);

	if (!space_id || !space || !space->libtest || space->epoch != space->base_epoch)
		return;
	made = bpf_task_storage_get(&lt_tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!made) {
		loss(space_id, LT_LOSS_INFLIGHT);
		return;
	}
	if (task && task->epoch && task->epoch != LT_EPOCH_SIGNAL) {
		made->epoch = task->epoch;
		return;
	}
	space->libtest = LT_LIBTEST_THREADS;
	made->test_thread = __sync_fetch_and_add(&space->n_test_threads, 1) + 1;
}

/* The running thread ends. Returns 0. */
int boundary_thread_end(void);

/* The running thread has been given a name. Returns 0. */
int boundary_name(__u32 space, __u64 name);

/* SPACE has been made by a fork of the running thread, which is in PARENT. Returns 0. */
int boundary_fork(__u32 space, __u32 parent);

/* The process TGID was made by a vfork of the running thread, which is in PARENT. Returns 0. */
int boundary_vfork(__u32 tgid, __u32 parent);

/* SPACE has been made by an exec of the running thread, which was in OLD (0: none). Returns 0. */
int boundary_exec(__u32 space, __u32 old);

/* A block (struct lt_block) of another epoch than the space's has been released. Returns 0. */
int boundary_release(__u32 space_id, __u32 epoch, __u64 size_stack);

/* Something was written: perhaps a runner or a framework tells what comes next. Returns 0. */
int boundary_write(const struct lt_syscall *call);

/* A path that is not there was asked for: perhaps "/leaktrace/begin/NAME". Returns 0. */
int boundary_path(__u32 space, __u64 path);

#endif
