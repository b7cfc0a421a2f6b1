/* SPDX-License-Identifier: GPL-2.0 */
/* The space of the running process, and its counters. */
#ifndef LT_SPACE_BPF_H
#define LT_SPACE_BPF_H

#include "maps.bpf.h"

static __always_inline struct lt_space *space_get(__u32 space)
{
	__u32 key = space & (LT_MAX_SPACES - 1);

	return bpf_map_lookup_elem(&lt_spaces, &key);
}

static __always_inline struct lt_counts *space_counts(struct lt_space *space)
{
	return &space->counts[bpf_get_smp_processor_id() & (LT_SHARDS - 1)];
}

static __always_inline __u64 space_allocations(const struct lt_space *space)
{
	__u64 n = 0;

	for (int i = 0; i < LT_SHARDS; i++)
		n += space->counts[i].allocations;
	return n;
}

/* The running process, NULL if nothing is known of it. */
static __always_inline struct lt_proc *proc_current(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&lt_procs, &tgid);
}

/*
 * The space of the running process, 0 if it is not traced. A thread keeps it from the first time
 * on until an exec, as the table of processes costs more to look into than the thread's storage.
 */
static __always_inline __u32 space_of(struct lt_task *task)
{
	struct lt_proc *proc;

	if (task && task->home)
		return task->home;
	proc = proc_current();
	if (!proc)
		return 0;
	if (task)
		task->home = proc->space;
	return proc->space;
}

/* What is kept of the running thread; NULL if that is nothing yet. */
static __always_inline struct lt_task *task_current(void)
{
	return bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0, 0);
}

/* The space of the running process, 0 if it is not traced. */
static __always_inline __u32 space_current(void)
{
	return space_of(task_current());
}

#endif
