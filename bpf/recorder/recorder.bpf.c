// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder: which stacks make processes grow, from one page fault of many, and who is
 * killed by whom. An object of its own, so that it can run for days with little memory: it needs
 * neither probes in programs nor the tables of the tracer.
 */
#include "environ.bpf.h"
#include "kernel.bpf.h"
#include "leaktrace/recorder_abi.h"
#include "state.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define SIGKILL_NUMBER 9
#define ENOMEM_RESULT  (-12)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Before Linux 6.2. */
struct lt_counter___old {
	long counter;
};

struct mm_rss_stat___old {
	struct lt_counter___old count[LT_MM_COUNTERS];
};

struct mm_struct___old {
	struct mm_rss_stat___old rss_stat;
};

/* The members after pid are there since Linux 6.9. */
struct trace_event_raw_mark_victim {
	int pid;
	unsigned long total_vm;
	unsigned long anon_rss;
	unsigned long file_rss;
	unsigned long shmem_rss;
	__u32 uid;
	unsigned long pgtables;
	short oom_score_adj;
};

#pragma clang attribute pop

static __always_inline __u64 counter_read(struct percpu_counter *counter)
{
	__s64 n = counter->count;

	return n > 0 ? n : 0;
}

/* A macro, as the place of a member is found only for a constant index. */
#define OLD_COUNTER_READ(mm, which)                                                                \
	({                                                                                         \
		long n_ = BPF_CORE_READ((struct mm_struct___old *)(mm),                            \
					rss_stat.count[which].counter);                            \
		n_ > 0 ? (__u64)n_ : 0;                                                            \
	})

static __always_inline void pages_read(struct lt_rec_pages *pages, struct mm_struct *mm)
{
	if (bpf_core_field_exists(mm->rss_stat[0].count)) {
		pages->anon = counter_read(&mm->rss_stat[LT_MM_ANONPAGES]);
		pages->file = counter_read(&mm->rss_stat[LT_MM_FILEPAGES]);
		pages->shmem = counter_read(&mm->rss_stat[LT_MM_SHMEMPAGES]);
	} else {
		pages->anon = OLD_COUNTER_READ(mm, LT_MM_ANONPAGES);
		pages->file = OLD_COUNTER_READ(mm, LT_MM_FILEPAGES);
		pages->shmem = OLD_COUNTER_READ(mm, LT_MM_SHMEMPAGES);
	}
}

static __always_inline void regs_copy(struct lt_unwind_regs *to, const struct pt_regs *regs)
{
	to->ip = PT_REGS_IP(regs);
	to->sp = PT_REGS_SP(regs);
	to->bp = PT_REGS_FP(regs);
#if defined(__TARGET_ARCH_x86)
	to->bx = regs->bx;
	to->lr = 0;
#else
	to->bx = 0;
	to->lr = PT_REGS_RET(regs);
#endif
	to->is_return = 0;
	to->bp_at = LT_UNWIND_AT_START;
	to->bx_at = LT_UNWIND_AT_START;
}

/* The entry of the current process; NULL: it is not to be sampled. */
static __always_inline struct lt_rec_proc *proc_sampled(__u32 tgid)
{
	struct lt_rec_proc *proc = bpf_map_lookup_elem(&rec_procs, &tgid);
	struct lt_rec_proc fresh = { .base_pages = LT_REC_BASE_UNKNOWN };

	if (rec_chosen_only)
		return proc && proc->wanted ? proc : NULL;
	if (proc)
		return proc;
	if (bpf_map_update_elem(&rec_procs, &tgid, &fresh, BPF_NOEXIST) == -7)
		__sync_fetch_and_add(&rec_losses.processes, 1);
	return bpf_map_lookup_elem(&rec_procs, &tgid);
}

/* How much of the stack there is to copy: up to where the main thread's began. */
static __always_inline __u64 stack_bytes(const struct mm_struct *mm, __u64 sp)
{
	__u64 start = mm->start_stack;

	return start > sp && start - sp < LT_REC_STACK_BYTES ? start - sp : LT_REC_STACK_BYTES;
}

/*
 * Sends a sample with room for ROOM bytes of the stack. They are copied in halves of that, so that
 * it ends close to where the stack's memory does.
 */
#define SAMPLE_SEND(name, room)                                                                    \
	static __noinline int name(const struct pt_regs *regs, struct lt_rec_proc *proc,           \
				   __u32 type, __u64 asked)                                        \
	{                                                                                          \
		struct lt_rec_sample *sample =                                                     \
			bpf_ringbuf_reserve(&rec_raws, sizeof(*sample) + (room), 0);               \
		__u32 done = 0;                                                                    \
                                                                                                   \
		if (!sample)                                                                       \
			return -1;                                                                 \
		sample_fill(sample, regs, proc, type, asked);                                      \
		_Pragma("unroll") for (__u32 step = (room) / 2; step >= 64; step /= 2)             \
		{                                                                                  \
			__u64 failed;                                                              \
                                                                                                   \
			/* It is a sum of larger steps; older verifiers have to be told. */        \
			barrier_var(done);                                                         \
			done &= (room)-2 * step;                                                   \
			failed = (__u64)bpf_probe_read_user(sample->raw.bytes + done, step,        \
							    (void *)(sample->raw.regs.sp + done)); \
			/* No branch: the verifier would walk both ways after each step. */        \
			failed |= -failed;                                                         \
			barrier_var(failed);                                                       \
			done += step & ~(__u32)((__s64)failed >> 63);                              \
		}                                                                                  \
		sample->raw.n_bytes = done;                                                        \
		bpf_ringbuf_submit(sample, 0);                                                     \
		return 0;                                                                          \
	}

static __always_inline void sample_fill(struct lt_rec_sample *sample, const struct pt_regs *regs,
					struct lt_rec_proc *proc, __u32 type, __u64 asked)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = task->mm;

	sample->event.type = type;
	sample->event.pid = task->tgid;
	sample->event.time_ns = bpf_ktime_get_ns();
	sample->image = task->self_exec_id;
	sample->base_pages = proc->base_pages;
	sample->asked = asked;
	if (mm)
		pages_read(&sample->pages, mm);
	proc->sampled_pages = sample->pages.anon + sample->pages.shmem;
	bpf_probe_read_kernel(sample->comm, sizeof(sample->comm), task->group_leader->comm);
	sample->raw.event.type = LT_EVENT_RAW;
	sample->raw.event.space = 0;
	sample->raw.event.time_ns = sample->event.time_ns;
	sample->raw.index = 1;
	regs_copy(&sample->raw.regs, regs);
}

SAMPLE_SEND(sample_send_2k, 2048)
SAMPLE_SEND(sample_send_16k, LT_REC_STACK_BYTES)

/* What 2048 bytes have room for in whole halves. */
#define SMALL_STACK (2048 - 64)

/* Sends the stack at REGS of the current task. */
static __noinline int sample_send(const struct pt_regs *regs, __u32 type, __u64 asked)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tgid = task->tgid;
	struct lt_rec_proc *proc;
	struct mm_struct *mm = task->mm;
	int r;

	proc = proc_sampled(tgid);
	if (!proc || !mm || proc->own)
		return 0;
	proc->sampled = 1;
	if (stack_bytes(mm, PT_REGS_SP(regs)) <= SMALL_STACK)
		r = sample_send_2k(regs, proc, type, asked);
	else
		r = sample_send_16k(regs, proc, type, asked);
	if (r && type != LT_REC_GROWTH)
		__sync_fetch_and_add(&rec_losses.samples, 1);
	return 0;
}

static __always_inline __u64 grown_pages(struct mm_struct *mm)
{
	struct lt_rec_pages pages = {};

	pages_read(&pages, mm);
	return pages.anon + pages.shmem;
}

/*
 * Looks the current process up: has it grown by much since its last sample? What is found is kept
 * for its next fault on this CPU.
 */
static __noinline int growth_look(struct fault_state *state)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = task->mm;
	__u32 tgid = task->tgid;
	struct lt_rec_proc *proc = bpf_map_lookup_elem(&rec_procs, &tgid);
	__u64 now;

	state->mm = 0;
	if (!proc || !mm || proc->own || (rec_chosen_only && !proc->wanted))
		return 0;
	now = grown_pages(mm);
	if (now < proc->sampled_pages)
		proc->sampled_pages = now;
	if (now - proc->sampled_pages >= LT_REC_GROWTH_PAGES)
		return 1;
	state->mm = (__u64)mm;
	state->limit = proc->sampled_pages + LT_REC_GROWTH_PAGES;
	return 0;
}

/* Pages that are given back before the limit is lowered. */
#define SHRINK_PAGES 64

/* Huge pages need few faults, and many faults of others make samples rare. */
static __always_inline bool has_grown(struct fault_state *state)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = task->mm;
	__u64 now;

	if (!mm)
		return false;
	now = grown_pages(mm);
	/* Another process may have got the address of one that has ended: then this is not its. */
	if ((__u64)mm == state->mm && now < state->limit &&
	    now + LT_REC_GROWTH_PAGES + SHRINK_PAGES >= state->limit)
		return false;
	return growth_look(state);
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(rec_fault, unsigned long address, struct pt_regs *regs, unsigned long error_code)
{
	__u32 key = 0;
	struct fault_state *state = bpf_map_lookup_elem(&rec_faults, &key);
	bool grown;

	if (!state)
		return 0;
	grown = has_grown(state);
	if (++state->n < rec_period && !grown)
		return 0;
	state->n = 0;
	/*
	 * Where user space is behind, whoever grows comes first; a part of the ring is for what
	 * happens once. What finds no room shows in the next sample too.
	 */
	if (bpf_ringbuf_query(&rec_raws, BPF_RB_AVAIL_DATA) >
	    LT_REC_RAWS_BYTES / 4 * (grown ? 3 : 1))
		return 0;
	state->mm = 0;
	return sample_send(regs, LT_REC_GROWTH, 0);
}

static __always_inline struct pt_regs *current_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

struct syscall_exit {
	__u64 common;
	long number;
	long result;
};

SEC("tp/syscalls/sys_exit_mmap")
int rec_mmap(struct syscall_exit *ctx)
{
	struct pt_regs *regs = current_regs();

	if (ctx->result != ENOMEM_RESULT || !regs)
		return 0;
	return sample_send(regs, LT_REC_REFUSED, syscall_argument(regs, 1));
}

/* A brk that fails gives the old end, not an error. */
SEC("tp/syscalls/sys_exit_brk")
int rec_brk(struct syscall_exit *ctx)
{
	struct pt_regs *regs = current_regs();
	__u64 wanted, end = ctx->result;

	if (!regs)
		return 0;
	wanted = syscall_argument(regs, 0);
	return wanted > end ? sample_send(regs, LT_REC_REFUSED, wanted - end) : 0;
}

/* The arguments of the current task, which may be gone a moment later; returns how many bytes. */
static __always_inline __u32 args_copy(char *to, const struct mm_struct *mm)
{
	__u64 start = mm ? mm->arg_start : 0, n = mm ? mm->arg_end - start : 0;
	__u32 bytes = n < LT_REC_ARGS ? n : LT_REC_ARGS;

	barrier_var(bytes);
	if (bytes == 0 || bytes > LT_REC_ARGS || bpf_probe_read_user(to, bytes, (void *)start))
		return 0;
	return n < LT_REC_ARGS ? n : n > ~0u ? ~0u : n;
}

SEC("tp_btf/signal_generate")
int BPF_PROG(rec_signal, int sig, void *info, struct task_struct *task, int group, int result)
{
	struct task_struct *sender = bpf_get_current_task_btf();
	__u32 tgid = task->tgid;
	struct mm_struct *mm = task->mm;
	struct lt_rec_kill *kill;
	struct lt_rec_proc *proc;

	if (sig != SIGKILL_NUMBER)
		return 0;
	proc = bpf_map_lookup_elem(&rec_procs, &tgid);
	if ((proc && proc->own) || (rec_chosen_only && !(proc && proc->wanted)))
		return 0;
	if (proc && !proc->dying)
		proc->dying = 1;
	kill = bpf_ringbuf_reserve(&rec_events, sizeof(*kill), 0);
	if (!kill) {
		__sync_fetch_and_add(&rec_losses.kills, 1);
		return 0;
	}
	kill->event.type = LT_REC_KILL;
	kill->event.pid = tgid;
	kill->event.time_ns = bpf_ktime_get_ns();
	kill->sender = sender->tgid;
	kill->by_kernel = (__u64)info == 1;
	kill->pages = (struct lt_rec_pages){};
	if (mm)
		pages_read(&kill->pages, mm);
	bpf_probe_read_kernel(kill->comm, sizeof(kill->comm), task->group_leader->comm);
	bpf_probe_read_kernel(kill->sender_comm, sizeof(kill->sender_comm),
			      sender->group_leader->comm);
	kill->args_bytes = args_copy(kill->sender_args, sender->mm);
	bpf_ringbuf_submit(kill, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* In the thread that dies, while it still has its memory. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(rec_deliver, int sig)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 tgid = task->tgid;
	struct pt_regs *regs;
	struct lt_rec_proc *proc;

	if (sig != SIGKILL_NUMBER)
		return 0;
	proc = bpf_map_lookup_elem(&rec_procs, &tgid);
	regs = current_regs();
	if (!proc || !regs || proc->dying != 1)
		return 0;
	proc->dying = 2;
	variable_send(tgid);
	return sample_send(regs, LT_REC_LAST, 0);
}

SEC("tp/oom/mark_victim")
int rec_victim(struct trace_event_raw_mark_victim *ctx)
{
	struct lt_rec_victim victim = { .event.type = LT_REC_VICTIM };
	__u32 pid = ctx->pid;
	struct lt_rec_proc *proc = bpf_map_lookup_elem(&rec_procs, &pid);

	if (proc && proc->own)
		return 0;
	victim.event.pid = ctx->pid;
	victim.event.time_ns = bpf_ktime_get_ns();
	if (bpf_core_field_exists(ctx->anon_rss)) {
		victim.has_sizes = 1;
		victim.total_vm = ctx->total_vm;
		victim.anon = ctx->anon_rss;
		victim.file = ctx->file_rss;
		victim.shmem = ctx->shmem_rss;
		victim.page_tables = ctx->pgtables;
		victim.uid = ctx->uid;
		victim.score_adj = ctx->oom_score_adj;
	}
	if (bpf_ringbuf_output(&rec_events, &victim, sizeof(victim), BPF_RB_FORCE_WAKEUP))
		__sync_fetch_and_add(&rec_losses.kills, 1);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(rec_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = child->tgid, parent_tgid = parent->tgid;
	struct lt_rec_proc *above = bpf_map_lookup_elem(&rec_procs, &parent_tgid);
	struct lt_rec_proc proc = {};
	struct mm_struct *mm = child->mm;
	struct lt_rec_pages pages = {};

	if (child->pid != child->tgid || !mm)
		return 0;
	proc.wanted = above && above->wanted;
	proc.own = above && above->own ? 2 : 0;
	if (rec_chosen_only && !proc.wanted && !proc.own && !rec_comm[0])
		return 0;
	pages_read(&pages, mm);
	proc.base_pages = proc.sampled_pages = pages.anon + pages.shmem;
	if (bpf_map_update_elem(&rec_procs, &tgid, &proc, BPF_ANY))
		__sync_fetch_and_add(&rec_losses.processes, 1);
	return 0;
}

static __always_inline bool comm_is_wanted(struct task_struct *task)
{
	char comm[LT_REC_COMM];

	if (!rec_comm[0] || bpf_probe_read_kernel(comm, sizeof(comm), task->comm))
		return false;
#pragma unroll
	for (int i = 0; i < LT_REC_COMM; i++) {
		if (comm[i] != rec_comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(rec_exec, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	struct lt_rec_proc *proc = bpf_map_lookup_elem(&rec_procs, &tgid);

	if (!proc)
		return 0;
	bpf_map_delete_elem(&rec_environs, &tgid);
	proc->base_pages = proc->sampled_pages = 0;
	if (comm_is_wanted(task))
		proc->wanted = 1;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(rec_exit, struct task_struct *task)
{
	struct lt_rec_exit end = { .event.type = LT_REC_EXIT };
	__u32 tgid = task->tgid;
	struct lt_rec_proc *proc;
	bool sampled;

	/* Any thread can be the last one; the first may have ended long before. */
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	proc = bpf_map_lookup_elem(&rec_procs, &tgid);
	if (!proc)
		return 0;
	sampled = proc->sampled;
	/* The last two threads may come here together: one of them deletes the entry. */
	if (bpf_map_delete_elem(&rec_procs, &tgid) || !sampled)
		return 0;
	bpf_map_delete_elem(&rec_environs, &tgid);
	end.event.pid = tgid;
	end.event.time_ns = bpf_ktime_get_ns();
	end.status = task->signal->flags & LT_SIGNAL_GROUP_EXIT ? task->signal->group_exit_code :
								  task->group_leader->exit_code;
	/*
	 * It wakes nobody up: there is time, and processes end all the time. What is lost here,
	 * user space finds out by itself.
	 */
	if (bpf_ringbuf_output(&rec_events, &end, sizeof(end), BPF_RB_NO_WAKEUP))
		__sync_fetch_and_add(&rec_losses.kills, 1);
	return 0;
}
