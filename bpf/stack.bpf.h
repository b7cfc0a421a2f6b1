/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The caller's stack at an allocator's return, and its identity. The frames of a stack are sent
 * to user space once; blocks refer to it by its index within the space.
 */
#ifndef LT_STACK_BPF_H
#define LT_STACK_BPF_H

#include "maps.bpf.h"

/* The registers to start from. CTX is at a function's return: its ip is the return address. */
static __always_inline void stack_begin(struct lt_task *task, struct pt_regs *ctx)
{
	struct lt_unwind_regs *regs = &task->unwind.regs;

	regs->ip = PT_REGS_IP(ctx);
	regs->sp = PT_REGS_SP(ctx);
	regs->bp = PT_REGS_FP(ctx);
#if defined(__TARGET_ARCH_x86)
	regs->bx = ctx->bx;
#endif
	regs->lr = 0;
	regs->is_return = 1;
	regs->bp_at = LT_UNWIND_AT_START;
	regs->bx_at = LT_UNWIND_AT_START;
}

/* The same at a return instruction, or a first one: the return address is on the stack. */
static __always_inline void stack_begin_at_ret(struct lt_task *task, struct pt_regs *ctx)
{
	struct lt_unwind_regs *regs = &task->unwind.regs;

	stack_begin(task, ctx);
#if defined(__TARGET_ARCH_x86)
	if (bpf_probe_read_user(&regs->ip, sizeof(regs->ip), (void *)regs->sp))
		loss(task->space, LT_LOSS_RESULT_UNREADABLE);
	regs->sp += sizeof(regs->ip);
#else
	regs->ip = PT_REGS_RET(ctx);
#endif
}

/*
 * The index, within task->space, of the stack that stack_begin() has prepared. 0: there is
 * none, which is counted.
 */
__u32 stack_index(struct lt_task *task);

#endif
