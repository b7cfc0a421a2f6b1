// SPDX-License-Identifier: GPL-2.0
/*
 * The life of address spaces: fork copies one, exec replaces one, the exit of the last thread
 * ends one. User space hears of each through the ring buffer, and finds the same facts in
 * lt_spaces when the ring was full.
 */
#include "maps.bpf.h"
#include "events.bpf.h"
#include "boundary.bpf.h"
#include "choice.bpf.h"
#include "fd_table.bpf.h"
#include "rss.bpf.h"
#include "space.bpf.h"

/* The id of a free space, 0 if there is none. */
static __always_inline __u32 space_id_new(void)
{
	__u32 id = 0;

	if (bpf_map_pop_elem(&lt_free_spaces, &id) == 0)
		return id;
	if (lt_last_space >= LT_MAX_SPACES - 1)
		return 0;
	id = __sync_fetch_and_add(&lt_last_space, 1) + 1;
	return id < LT_MAX_SPACES ? id : 0;
}

/* Takes a free space for a process; 0 if there is none, which is counted. */
static __always_inline __u32 space_new(struct task_struct *task, __u32 parent_space)
{
	__u32 id = space_id_new(), key = id & (LT_MAX_SPACES - 1);
	struct lt_space *space;

	if (!id) {
		loss(0, LT_LOSS_SPACES_FULL);
		return 0;
	}
	space = bpf_map_lookup_elem(&lt_spaces, &key);
	if (!space)
		return 0;
	/* User space has zeroed the rest before it gave the id back. */
	space->users = 1;
	space->tgid = task->tgid;
	space->ppid = BPF_CORE_READ(task, real_parent, tgid);
	space->parent_space = parent_space;
	space->rss_before_pages = BPF_CORE_READ(task, signal, maxrss);
	space->start_ns = bpf_ktime_get_ns();
	space->state = LT_SPACE_LIVE;
	return id;
}

/* How the process that TASK is the last thread of has ended, as wait() will say. */
static __always_inline __s32 wait_status(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (BPF_CORE_READ(signal, flags) & LT_SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

/*
 * The most memory that the image had, in pages, as VmHWM counts it; 0 if that cannot be told.
 * Older kernels take the memory away before the tracepoint: then only the peak of all images
 * of the process is left, which is this one's if it has grown since its exec.
 */
static __always_inline __u64 peak_rss_pages(struct task_struct *task, const struct lt_space *space)
{
	struct mm_struct *mm = task->mm;
	__u64 pages;

	if (!mm || !bpf_core_field_exists(mm->rss_stat[0].count)) {
		pages = BPF_CORE_READ(task, signal, maxrss);
		return pages > space->rss_before_pages ? pages : 0;
	}
	return rss_peak_pages(mm);
}

/*
 * One process leaves a space; the last one ends it. TASK is NULL for exec. How the space has ended
 * is how the process ended that it was made for: a child of vfork() lets its parent run on before
 * its exec is complete, and so may leave after it.
 */
static __always_inline void space_leave(__u32 id, struct task_struct *task)
{
	struct lt_event event = { .type = LT_EVENT_END, .space = id };
	__u32 key = id & (LT_MAX_SPACES - 1);
	struct lt_space *space = bpf_map_lookup_elem(&lt_spaces, &key);

	if (!space)
		return;
	if (task && space->tgid == (__u32)task->tgid) {
		space->end = LT_END_EXIT;
		space->wait_status = wait_status(task);
		space->peak_rss_pages = peak_rss_pages(task, space);
	}
	if (__sync_fetch_and_add(&space->users, -1) != 1)
		return;
	event.time_ns = bpf_ktime_get_ns();
	space->end_ns = event.time_ns;
	if (space->end == LT_END_NONE)
		space->end = LT_END_EXEC;
	__sync_lock_test_and_set(&space->state, LT_SPACE_ENDED);
	if (events_send(&event, sizeof(event)))
		loss(id, LT_LOSS_EVENTS_FULL);
}

/* Gives the process TGID a space of its own. */
static __always_inline bool proc_set(__u32 tgid, __u32 space)
{
	struct lt_proc proc = { .space = space };

	if (bpf_map_update_elem(&lt_procs, &tgid, &proc, BPF_ANY) == 0)
		return true;
	loss(space, LT_LOSS_PROCS_FULL);
	return false;
}

/* The descriptors of a child: a copy of its parent's, or the same. */
static __always_inline void fds_fork(struct task_struct *parent, struct task_struct *child)
{
	__u32 parent_tgid = parent->tgid, child_tgid = child->tgid;
	struct lt_proc *from = bpf_map_lookup_elem(&lt_procs, &parent_tgid);
	struct lt_proc *to = bpf_map_lookup_elem(&lt_procs, &child_tgid);
	__u64 files = (__u64)BPF_CORE_READ(child, files);

	if (!lt_trace_fds || !from || !to)
		return;
	if (files == (__u64)BPF_CORE_READ(parent, files))
		to->fd_table = from->fd_table ? from->fd_table : parent_tgid;
	else
		fd_table_inherit(files, child_tgid, to->space);
}

/*
 * The running process has called exec. What is open when the command begins is not its own, nor
 * is what it shared with another process until now.
 */
static __always_inline void fds_exec(__u32 tgid, bool begins, __u32 space)
{
	if (!lt_trace_fds)
		return;
	if (begins)
		fd_table_inherit((__u64)BPF_CORE_READ(bpf_get_current_task_btf(), files), tgid,
				 space);
	else
		fd_table_exec(tgid, space);
}

/* The running process ends. A table that others share lives on, unless it was the last of them. */
static __always_inline void fds_end(__u32 tgid, const struct lt_proc *proc)
{
	__u32 table = proc->fd_table;
	struct lt_proc *owner = table ? bpf_map_lookup_elem(&lt_procs, &table) : NULL;

	if (!lt_trace_fds || !proc->space)
		return;
	if (owner)
		fd_table_leave(table, proc->space, owner->space);
	else
		fd_table_end(table ? table : tgid, proc->space);
}

/* Children are not followed: how many there are is told. */
static __always_inline void fork_count(__u32 tgid)
{
	struct lt_proc *proc = bpf_map_lookup_elem(&lt_procs, &tgid);
	struct lt_space *space = proc && proc->space ? space_get(proc->space) : NULL;

	if (space)
		__sync_fetch_and_add(&space->n_untraced, 1);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(lt_fork, struct task_struct *parent, struct task_struct *child)
{
	struct lt_event_process event = { .event.type = LT_EVENT_FORK };
	__u32 parent_tgid = parent->tgid, child_tgid = child->tgid, key;
	struct lt_proc *proc;
	struct lt_space *space;

	if (!lt_follow) {
		if (parent_tgid != child_tgid)
			fork_count(parent_tgid);
		return 0;
	}
	if (parent_tgid == child_tgid) {
		boundary_thread(child);
		return 0;
	}
	proc = bpf_map_lookup_elem(&lt_procs, &parent_tgid);
	if (!proc || !proc->space)
		return 0;
	if (BPF_CORE_READ(child, mm) == BPF_CORE_READ(parent, mm)) {
		/* vfork: what the child allocates is its parent's memory. */
		key = proc->space & (LT_MAX_SPACES - 1);
		space = bpf_map_lookup_elem(&lt_spaces, &key);
		if (space && proc_set(child_tgid, proc->space)) {
			__sync_fetch_and_add(&space->users, 1);
			boundary_vfork(child_tgid, proc->space);
			fds_fork(parent, child);
		}
		return 0;
	}
	event.event.space = space_new(child, proc->space);
	if (!event.event.space)
		return 0;
	boundary_fork(event.event.space, proc->space);
	event.event.time_ns = bpf_ktime_get_ns();
	if (!proc_set(child_tgid, event.event.space)) {
		space_leave(event.event.space, NULL);
		return 0;
	}
	fds_fork(parent, child);
	if (events_send(&event, sizeof(event)))
		loss(event.event.space, LT_LOSS_EVENTS_FULL);
	return 0;
}

/* Sends the exec event with as much of argv as fits; the rest is in procfs while it lives. */
static __always_inline void exec_send(struct task_struct *task, __u32 space)
{
	struct lt_task *work = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 start = BPF_CORE_READ(task, mm, arg_start);
	__u64 bytes = BPF_CORE_READ(task, mm, arg_end) - start;
	__u64 n = bytes < LT_MAX_ARGS ? bytes : LT_MAX_ARGS - 1;

	if (!work) {
		loss(space, LT_LOSS_EVENTS_FULL);
		return;
	}
	/* A call in progress ended with the old image, and so did its mappings. */
	work->sp = 0;
	work->throwing.sp = 0;
	work->released = 0;
	work->thread.sp = 0;
	work->unwind.code.end = 0;
	work->exit_sp = 0;
	barrier_var(n);
	n &= LT_MAX_ARGS - 1; /* known already, but not to the verifier */
	if (bpf_probe_read_user(work->process.args, n, (void *)start))
		n = 0;
	work->process.event.type = LT_EVENT_EXEC;
	work->process.event.space = space;
	work->process.event.time_ns = bpf_ktime_get_ns();
	work->process.args_bytes = bytes > 0xffffffff ? 0xffffffff : (__u32)bytes;
	work->process.n_args = (__u32)n;
	if (events_send(&work->process, sizeof(work->process) + n))
		loss(space, LT_LOSS_EVENTS_FULL);
}

static __always_inline bool exec_is_traced(struct task_struct *task, const struct lt_proc *proc)
{
	if (lt_choice.wanted)
		return task_is_chosen(task);
	return lt_follow || proc->armed;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(lt_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	__u32 tgid = task->tgid;
	struct lt_proc *proc = bpf_map_lookup_elem(&lt_procs, &tgid);
	struct lt_task *work = task_current();
	__u32 old, space;
	bool begins;

	if (work)
		work->home = 0;
	if (!proc ? !lt_choice.wanted : !proc->space && !proc->armed)
		return 0;
	old = proc ? proc->space : 0;
	begins = !old || proc->fd_table;
	space = exec_is_traced(task, proc) ? space_new(task, old) : 0;
	if (space)
		boundary_exec(space, old);
	if (!space && !old)
		return 0;
	if (!space || !proc_set(tgid, space))
		bpf_map_delete_elem(&lt_procs, &tgid);
	else
		fds_exec(tgid, begins, space);
	if (old)
		space_leave(old, NULL);
	if (space)
		exec_send(task, space);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(lt_exit, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	struct lt_proc *proc, ended;

	boundary_thread_end();
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	/* It is not gone before those that wait in its probes have left them. */
	if (tgid == lt_owner)
		lt_holds_answered = 0;
	proc = bpf_map_lookup_elem(&lt_procs, &tgid);
	if (!proc)
		return 0;
	ended = *proc;
	/* The last two threads may come here together: one of them deletes the entry. */
	if (bpf_map_delete_elem(&lt_procs, &tgid) || !ended.space)
		return 0;
	fds_end(tgid, &ended);
	space_leave(ended.space, task);
	return 0;
}
