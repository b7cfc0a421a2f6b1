/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that make, change or give back a resource, seen when they return. One program
 * looks at every system call of the machine and leaves at once unless user space wants that
 * number; each family of calls is handled in a file of its own.
 */
#ifndef LT_SYSCALL_BPF_H
#define LT_SYSCALL_BPF_H

#include "maps.bpf.h"
#include "stack.bpf.h"

/* A system call of a traced process that has returned. */
struct lt_syscall {
	__u32 number;
	__u32 space;
	__u32 fd_table; /* as in struct lt_fd_key */
	__u32 stack;	/* of the call; 0: there is none, or nobody has asked for it */
	__u32 epoch;	/* the test that a descriptor is born into, where STACK is asked for */
	__u32 when;	/* of a mapping: enum lt_mapping_when */
	__s64 result;	/* or a negative errno */
	__u64 args[5];	/* none has a sixth that matters */
	__u64 time_ns;	/* when it was seen, where STACK is asked for */
};

/* The caller's registers, where its stack begins. They would fill up the programs' own stack. */
static __always_inline struct pt_regs *syscall_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* The thread's record; NULL, and counted, if the kernel has no memory for it. */
static __always_inline struct lt_task *syscall_task(const struct lt_syscall *call)
{
	struct lt_task *task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		loss(call->space, LT_LOSS_INFLIGHT);
	return task;
}

/* The index of the stack that made the call; see stack_index(). */
static __always_inline __u32 syscall_stack(const struct lt_syscall *call, struct lt_task *task)
{
	task->space = call->space; /* that of the allocator call in progress, if there is one */
	stack_begin(task, syscall_regs());
	return stack_index(task);
}

/*
 * Whether the stack of the call is needed: it is taken between the two, since functions of these
 * programs can call each other to a depth of 8 only.
 */
int fd_wants_stack(const struct lt_syscall *call);

/* Returns 0; the result is for the verifier. */
int fd_syscall(const struct lt_syscall *call);

#endif
