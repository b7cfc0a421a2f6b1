/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that map and unmap memory: each that succeeds goes to user space, which keeps
 * the areas of each space in the order of time. Part of syscall.bpf.c: a function of its own
 * would be one call too many for the verifier, above those that take a stack.
 */
#ifndef LT_MAPPING_BPF_H
#define LT_MAPPING_BPF_H

#include <asm/unistd.h>

#include "boundary.bpf.h"
#include "events.bpf.h"
#include "space.bpf.h"
#include "syscall.bpf.h"

/* Set by user space before the load: mappings are a kind of their own, with stacks. */
const volatile bool lt_mapping_stacks = false;

/* The kernel returns errors as the highest addresses. */
#define LT_MAX_ERRNO 4095

static long measure_vma(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	__u64 *bytes = data;

	*bytes = vma->vm_end - vma->vm_start;
	return 0;
}

/* A function of its own, so that the verifier walks through it once. */
__noinline __u64 measure_once(__u64 address)
{
	__u64 bytes = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_find_vma))
		bpf_find_vma(bpf_get_current_task_btf(), address, measure_vma, &bytes, 0);
	return bytes;
}

/* The size of what shmat() has attached: no argument tells it. */
static __always_inline __u64 attached_bytes(__u64 address)
{
	__u64 bytes = 0;

	/* It fails while another thread maps something. */
	for (int i = 0; i < 64 && !bytes; i++)
		bytes = measure_once(address);
	return bytes;
}

static __always_inline bool call_makes_mapping(__u32 number)
{
	return number == __NR_mmap || number == __NR_mremap || number == __NR_shmat ||
	       number == __NR_brk;
}

static __always_inline void mapping_send(struct lt_task *task, const struct lt_syscall *call)
{
	struct lt_event_mapping *event = &task->mapping;

	event->event.type = LT_EVENT_MAPPING;
	event->event.space = call->space;
	event->number = call->number;
	event->stack = call->stack;
	__builtin_memcpy(event->args, call->args, sizeof(event->args));
	event->result = call->result;
	event->ip = PT_REGS_IP(syscall_regs());
	event->bytes = call->number == __NR_shmat ? attached_bytes(call->result) : 0;
	event->when = call->when;
	event->epoch = call->epoch;
	events_wait();
	event->event.time_ns = bpf_ktime_get_ns();
	if (events_send_later(event, sizeof(*event)))
		loss(call->space, LT_LOSS_MAPPING_CALLS);
}

/* A call that was left by longjmp or an exception has its stack below this one's. */
static __always_inline bool is_in_allocator(const struct lt_task *task, __u64 sp)
{
	return (task->sp && sp <= task->sp) || (task->throwing.sp && sp <= task->throwing.sp);
}

/* What is known before the stack is taken is kept in CALL: the programs' own stack is small. */
static __always_inline void mapping_syscall(struct lt_syscall *call)
{
	struct lt_space *space;
	struct lt_task *task;

	if ((__u64)call->result >= (__u64)-LT_MAX_ERRNO)
		return;
	task = syscall_task(call);
	if (!task)
		return;
	space = space_get(call->space);
	if (!space)
		return;
	call->when = LT_MAPPING_USUAL;
	if (is_in_allocator(task, PT_REGS_SP(syscall_regs())))
		call->when = LT_MAPPING_IN_ALLOCATOR;
	else if (space_allocations(space) == 0)
		call->when = LT_MAPPING_FIRST;
	if (lt_mapping_stacks && call->when != LT_MAPPING_IN_ALLOCATOR &&
	    call_makes_mapping(call->number)) {
		call->epoch = boundary_epoch(task, space);
		space->has_mapped = 1;
		call->stack = syscall_stack(call, task);
	}
	mapping_send(task, call);
}

#endif
