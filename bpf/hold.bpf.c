// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting in a probe, and the probes at the end of a process. A BPF program cannot sleep until
 * something happens; it looks again and again, and gives way to others in between. User space
 * answers within some 100 us.
 */
#include "hold.bpf.h"
#include "space.bpf.h"

struct hold {
	struct lt_space *space; /* NULL: before an exec */
	__u64 until_ns;
	__u64 address; /* of anything in the process */
	__u32 tid;
	__u32 why; /* enum lt_hold, if SPACE */
	bool killed;
};

static __always_inline bool hold_is_answered(const struct hold *hold)
{
	if (hold->space)
		return !(*(volatile __u32 *)&hold->space->hold & hold->why);
	return !bpf_map_lookup_elem(&lt_starts, &hold->tid);
}

static long hold_turn(__u32 turn, struct hold *hold)
{
	__u8 byte;

	if (hold_is_answered(hold) || !lt_holds_answered || bpf_ktime_get_ns() >= hold->until_ns)
		return 1;
	/* Takes the lock of the address space, where the kernel gives way to others; ends for good
	 * when the process is being killed. */
	hold->killed = bpf_copy_from_user_task(&byte, sizeof(byte), (void *)hold->address,
					       bpf_get_current_task_btf(), 0) != 0;
	return hold->killed;
}

static __always_inline void hold_turns(struct hold *hold)
{
	hold->until_ns = bpf_ktime_get_ns() + LT_HOLD_MAX_NS;
	bpf_loop(LT_HOLD_MAX_TURNS, hold_turn, hold, 0);
}

__attribute__((noinline)) int hold_wait(__u32 space, __u32 why, __u64 address)
{
	struct hold hold = { .space = space_get(space), .why = why, .address = address };
	int r = 0;

	if (!hold.space)
		return 0;
	hold_turns(&hold);
	if (!hold_is_answered(&hold) && !hold.killed)
		r = -1;
	__sync_fetch_and_and(&hold.space->hold, ~why);
	return r;
}

__attribute__((noinline)) int hold_start(__u32 tid, __u64 address)
{
	struct hold hold = { .tid = tid, .address = address };

	hold_turns(&hold);
	return 0;
}

__attribute__((noinline)) int hold_process(struct lt_event_hold *event, __u32 space, __u32 why)
{
	struct lt_space *s = space_get(space);

	if (!event || !s)
		return 0;
	event->event.type = LT_EVENT_HOLD;
	event->event.space = space;
	event->event.time_ns = bpf_ktime_get_ns();
	event->why = why;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->tid = (__u32)bpf_get_current_pid_tgid();
	__sync_fetch_and_or(&s->hold, why);
	if (bpf_ringbuf_output(&lt_holds, event, sizeof(*event), 0)) {
		__sync_fetch_and_and(&s->hold, ~why);
		loss(space, LT_LOSS_HOLDS_FULL);
	} else if (hold_wait(space, why, event->sp)) {
		loss(space, LT_LOSS_HOLDS_FULL);
	}
	return 0;
}

static __always_inline void exit_registers(__u64 to[LT_EXIT_REGISTERS], struct pt_regs *ctx)
{
#if defined(__TARGET_ARCH_x86)
	to[0] = ctx->bx;
	to[1] = ctx->bp;
	to[2] = ctx->r12;
	to[3] = ctx->r13;
	to[4] = ctx->r14;
	to[5] = ctx->r15;
#endif
}

/*
 * exit() and quick_exit(): what lies below the stack now, and what is in the registers that they
 * will use, is of no use to the program any more.
 */
SEC("uprobe")
int lt_exit_begins(struct pt_regs *ctx)
{
	struct lt_task *task;

	if (!space_current())
		return 0;
	task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	/* exit() called from a handler that exit() runs is the same end. */
	if (!task || task->exit_sp)
		return 0;
	exit_registers(task->exit_registers, ctx);
	task->exit_sp = PT_REGS_SP(ctx);
	return 0;
}

/* Nothing is outstanding, and nothing mapped: nothing can be lost. */
static __always_inline bool space_is_empty(const struct lt_space *space)
{
	__u64 n = 0;

	for (int i = 0; i < LT_SHARDS; i++)
		n += space->counts[i].allocations - space->counts[i].frees;
	return n == 0 && !space->has_mapped;
}

/* The space of the running process, if it is to wait in this probe; else 0. */
static __always_inline __u32 space_to_hold(void)
{
	__u32 id = lt_holds_answered ? space_current() : 0;
	const struct lt_space *space = id ? space_get(id) : NULL;

	/* A child of vfork() ends in its parent's memory. */
	return space && space->users <= 1 && !space_is_empty(space) ? id : 0;
}

/*
 * A function that releases what leads to the process's memory, and leaves that to its end: what is
 * lost has to be found out before.
 */
SEC("uprobe.s")
int lt_teardown_hold(struct pt_regs *ctx)
{
	struct lt_event_hold event = { .sp = PT_REGS_SP(ctx) };
	__u32 id = space_to_hold();

	if (!id)
		return 0;
	exit_registers(event.registers, ctx);
	return hold_process(&event, id, LT_HOLD_TEARDOWN);
}

/* _exit(): the last thing that a process does by itself. */
SEC("uprobe.s")
int lt_exit_hold(struct pt_regs *ctx)
{
	struct lt_event_hold event = {};
	__u32 id = space_to_hold();
	struct lt_task *task;

	if (!id)
		return 0;
	event.sp = PT_REGS_SP(ctx);
	exit_registers(event.registers, ctx);
	task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0, 0);
	if (task && task->exit_sp) {
		event.sp = task->exit_sp;
		__builtin_memcpy(event.registers, task->exit_registers, sizeof(event.registers));
		task->exit_sp = 0;
	}
	return hold_process(&event, id, LT_HOLD_EXIT);
}
