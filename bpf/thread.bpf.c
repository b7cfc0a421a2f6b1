// SPDX-License-Identifier: GPL-2.0
/*
 * Threads: made (by the kernel's word, with what pthread_create was called with), joined,
 * detached, ended. Each goes to user space, which keeps the table.
 */
#include "maps.bpf.h"
#include "leaktrace/thread_abi.h"
#include "boundary.bpf.h"
#include "events.bpf.h"
#include "space.bpf.h"
#include "stack.bpf.h"
#include "syscall.bpf.h"

static __always_inline struct lt_task *thread_task(__u32 space)
{
	struct lt_task *task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		loss(space, LT_LOSS_INFLIGHT);
	return task;
}

/* True if the recorded call has not been left, seen from a frame with this stack pointer. */
static __always_inline bool call_in_progress(const struct lt_task *task, __u64 sp)
{
	return task->thread.sp != 0 && sp <= task->thread.sp;
}

static __always_inline void thread_send(struct lt_event_thread *event)
{
	event->event.type = LT_EVENT_THREAD;
	events_wait();
	event->event.time_ns = bpf_ktime_get_ns();
	if (events_send_later(event, sizeof(*event)))
		loss(event->event.space, LT_LOSS_THREAD_EVENTS);
}

/*
 * The pthread_t of a thread that pthread_create is making. On x86 it is the thread pointer in all
 * C libraries; elsewhere it has been written to where the caller wants it (not so in musl).
 */
static __always_inline __u64 thread_handle(const struct lt_thread_call *call,
					   struct task_struct *child)
{
#if defined(__TARGET_ARCH_x86)
	return child->thread.fsbase;
#else
	__u64 handle = 0;

	if (bpf_probe_read_user(&handle, sizeof(handle), (void *)call->handle))
		loss(0, LT_LOSS_RESULT_UNREADABLE);
	return handle;
#endif
}

/* In the thread that makes the other one. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(lt_thread_start, struct task_struct *parent, struct task_struct *child)
{
	struct lt_syscall call = { .space = space_current() };
	struct lt_event_thread event = { .event.space = call.space, .action = LT_THREAD_START };
	struct lt_space *space;
	struct lt_task *task;

	if (!call.space || parent->tgid != child->tgid)
		return 0;
	task = thread_task(call.space);
	space = space_get(call.space);
	if (!task || !space)
		return 0;
	event.tid = child->pid;
	event.epoch = boundary_epoch(task, space);
	if (call_in_progress(task, PT_REGS_SP(syscall_regs())) && !task->thread.joins) {
		event.joinable = !task->thread.detached;
		event.handle = thread_handle(&task->thread, child);
		event.routine = task->thread.routine;
		/* The caller's frames are as they were when it called. */
		task->space = call.space;
		task->unwind.regs = task->thread.caller;
		event.stack = stack_index(task);
		/* It makes no other one. */
		task->thread.sp = 0;
	} else {
		event.stack = syscall_stack(&call, task);
	}
	thread_send(&event);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(lt_thread_end, struct task_struct *exiting)
{
	struct lt_event_thread event = { .action = LT_THREAD_END };

	event.event.space = space_current();
	if (!event.event.space || exiting->pid == exiting->tgid)
		return 0;
	event.tid = exiting->pid;
	/* The process ends, and takes the thread with it. */
	event.with_process = (BPF_CORE_READ(exiting, signal, flags) & LT_SIGNAL_GROUP_EXIT) != 0;
	bpf_get_current_comm(event.name, sizeof(event.name));
	thread_send(&event);
	return 0;
}

/* The C libraries' struct behind pthread_attr_t, of which this much is part of their ABI. */
static __always_inline bool is_detached(__u64 attributes, bool musl)
{
	__u32 word = 0;

	/* No attributes, or the C library's own name for those of C11 threads. */
	if (attributes < 4096)
		return false;
	if (bpf_probe_read_user(&word, sizeof(word), (void *)(attributes + (musl ? 24 : 8))))
		return false;
	return musl ? word != 0 : word & 1;
}

/*
 * Before a thread is made. The registers are taken here, not at the return, since the new thread
 * may be over by then; they are those of the caller, as if this function had returned.
 */
SEC("uprobe")
int lt_thread_create(struct pt_regs *ctx)
{
	bool musl = bpf_get_attach_cookie(ctx) & LT_THREAD_MUSL;
	__u32 space = space_current();
	struct lt_task *task;

	if (!space)
		return 0;
	task = thread_task(space);
	if (!task)
		return 0;
	task->thread.joins = false;
	task->thread.handle = PT_REGS_PARM1(ctx);
	task->thread.detached = is_detached(PT_REGS_PARM2(ctx), musl);
	task->thread.routine = PT_REGS_PARM3(ctx);
	task->space = space;
	stack_begin_at_ret(task, ctx);
	task->thread.caller = task->unwind.regs;
	task->thread.sp = PT_REGS_SP(ctx);
	return 0;
}

SEC("uprobe")
int lt_thread_join(struct pt_regs *ctx)
{
	__u32 space = space_current();
	struct lt_task *task = space ? thread_task(space) : NULL;

	/* One may call the other: the first one counts. */
	if (!task || (call_in_progress(task, PT_REGS_SP(ctx)) && task->thread.joins))
		return 0;
	task->thread.joins = true;
	task->thread.handle = PT_REGS_PARM1(ctx);
	task->thread.sp = PT_REGS_SP(ctx);
	return 0;
}

SEC("uretprobe")
int lt_thread_joined(struct pt_regs *ctx)
{
	struct lt_event_thread event = { .action = LT_THREAD_RELEASE };
	struct lt_task *task = task_current();

	if (!task || !task->thread.sp || !task->thread.joins ||
	    task->thread.sp + LT_RETURN_SP_DELTA != PT_REGS_SP(ctx))
		return 0;
	task->thread.sp = 0;
	event.event.space = space_of(task);
	event.handle = task->thread.handle;
	/* EBUSY, ETIMEDOUT and others: it is as it was. */
	if (event.event.space && (__u32)PT_REGS_RC(ctx) == 0)
		thread_send(&event);
	return 0;
}

/*
 * Seen at its entry: afterwards the handle may be another thread's. A thread of which it fails
 * has been detached before.
 */
SEC("uprobe")
int lt_thread_detach(struct pt_regs *ctx)
{
	struct lt_event_thread event = { .action = LT_THREAD_RELEASE,
					 .handle = PT_REGS_PARM1(ctx) };

	event.event.space = space_current();
	if (event.event.space)
		thread_send(&event);
	return 0;
}
