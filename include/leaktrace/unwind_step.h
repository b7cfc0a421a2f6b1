/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * One step of unwinding: from the registers of a frame to those of its caller by a rule. The
 * kernel does it on a live stack, src/unwind on a copy of one; both include this file after
 * defining
 *
 *	LT_UNWIND_READ(context, address, value)	reads 8 bytes of stack into *value, 0 if it could
 *
 * where CONTEXT is what lt_unwind_apply() was given.
 */
#ifndef LEAKTRACE_UNWIND_STEP_H
#define LEAKTRACE_UNWIND_STEP_H

#include "leaktrace/unwind_abi.h"

#if defined(__TARGET_ARCH_x86) || (!defined(__bpf__) && defined(__x86_64__))
/* struct rt_sigframe after its return address: ucontext, in it struct sigcontext at 40. */
#define LT_SIGNAL_BP 120
#define LT_SIGNAL_BX 128
#define LT_SIGNAL_SP 160
#define LT_SIGNAL_IP 168
#define LT_UNWIND_ADDRESS_MASK (~0ull)
#else
/* struct rt_sigframe: siginfo, ucontext, in it struct sigcontext at 304, its regs at 312. */
#define LT_SIGNAL_BP (312 + 8 * 29)
#define LT_SIGNAL_LR (312 + 8 * 30)
#define LT_SIGNAL_SP (312 + 8 * 31)
#define LT_SIGNAL_IP (312 + 8 * 32)
/* Pointer authentication codes are in the bits above the address. */
#define LT_UNWIND_ADDRESS_MASK ((1ull << 48) - 1)
#endif

static inline __attribute__((always_inline)) __u64
lt_unwind_register(const struct lt_unwind_regs *regs, __u8 which)
{
	return which == LT_UNWIND_SP ? regs->sp : which == LT_UNWIND_BP ? regs->bp : regs->bx;
}

/* The frame that the kernel made for a signal handler: the interrupted registers are in it. */
static inline __attribute__((always_inline)) int
lt_unwind_signal(void *context, struct lt_unwind_regs *regs)
{
	__u64 frame = regs->sp;

	if (LT_UNWIND_READ(context, frame + LT_SIGNAL_IP, &regs->ip) ||
	    LT_UNWIND_READ(context, frame + LT_SIGNAL_SP, &regs->sp) ||
	    LT_UNWIND_READ(context, frame + LT_SIGNAL_BP, &regs->bp))
		return LT_UNWIND_UNREADABLE;
#ifdef LT_SIGNAL_LR
	if (LT_UNWIND_READ(context, frame + LT_SIGNAL_LR, &regs->lr))
		return LT_UNWIND_UNREADABLE;
#else
	if (LT_UNWIND_READ(context, frame + LT_SIGNAL_BX, &regs->bx))
		return LT_UNWIND_UNREADABLE;
#endif
	regs->is_return = 0;
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_COMPLETE;
}

/* Code without unwind information: two words at the frame pointer, its caller's and the return. */
static inline __attribute__((always_inline)) int
lt_unwind_frame_pointer(void *context, struct lt_unwind_regs *regs)
{
	__u64 bp = regs->bp, next = 0, ip = 0;

	if (bp == 0)
		return LT_UNWIND_COMPLETE;
	if ((bp & 7) || bp < regs->sp)
		return LT_UNWIND_ASTRAY;
	if (LT_UNWIND_READ(context, bp, &next) || LT_UNWIND_READ(context, bp + 8, &ip))
		return LT_UNWIND_UNREADABLE;
	regs->sp = bp + 16;
	regs->bp = next;
	regs->ip = ip & LT_UNWIND_ADDRESS_MASK;
	regs->is_return = 1;
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_COMPLETE;
}

/* The caller's frame pointer. What is not known is 0: no rule that needs it leads on then. */
static inline __attribute__((always_inline)) int
lt_unwind_bp(void *context, const struct lt_unwind_regs *regs, const struct lt_unwind_rule *rule,
	     __u64 cfa, __u64 *bp)
{
	switch (rule->fp_kind) {
	case LT_UNWIND_FP_SAME:
		*bp = regs->bp;
		return 0;
	case LT_UNWIND_FP_CFA:
		return LT_UNWIND_READ(context, cfa + rule->fp_off, bp);
	case LT_UNWIND_FP_REG:
		return LT_UNWIND_READ(context, lt_unwind_register(regs, rule->fp_reg) + rule->fp_off,
				      bp);
	}
	*bp = 0;
	return 0;
}

static inline __attribute__((always_inline)) int
lt_unwind_bx(void *context, const struct lt_unwind_regs *regs, const struct lt_unwind_rule *rule,
	     __u64 cfa, __u64 *bx)
{
	*bx = 0;
	if (rule->bx_off == LT_UNWIND_BX_UNDEF)
		return 0;
	if (rule->bx_off != LT_UNWIND_BX_SAME)
		return LT_UNWIND_READ(context, cfa + rule->bx_off, bx);
	*bx = regs->bx;
	return 0;
}

/* The CFA by RULE, which is the caller's stack pointer; false if memory could not be read. */
static inline __attribute__((always_inline)) int
lt_unwind_cfa(void *context, const struct lt_unwind_regs *regs, const struct lt_unwind_rule *rule,
	      __u64 *cfa)
{
	__u64 address = lt_unwind_register(regs, rule->cfa_reg) + rule->cfa_off;

	if (rule->kind == LT_UNWIND_DEREF) {
		if (LT_UNWIND_READ(context, address, cfa))
			return LT_UNWIND_UNREADABLE;
		*cfa += rule->post;
		return 0;
	}
	if (rule->kind == LT_UNWIND_PLT && ((regs->ip - regs->is_return) & 15) >= rule->post)
		address += 8;
	*cfa = address;
	return 0;
}

/* Moves REGS to the caller. INNERMOST: no frame has been left yet, or a signal broke in here. */
static inline __attribute__((always_inline)) int
lt_unwind_apply(void *context, struct lt_unwind_regs *regs, const struct lt_unwind_rule *rule,
		int innermost)
{
	__u64 cfa = 0, ip = 0, bp = 0, bx = 0;

	if (rule->kind == LT_UNWIND_END)
		return LT_UNWIND_COMPLETE;
	if (rule->kind == LT_UNWIND_SIGNAL)
		return lt_unwind_signal(context, regs);
	if (rule->kind == LT_UNWIND_FP)
		return lt_unwind_frame_pointer(context, regs);
	if (rule->kind == LT_UNWIND_NONE)
		return LT_UNWIND_NO_RULE;
	if (lt_unwind_cfa(context, regs, rule, &cfa))
		return LT_UNWIND_UNREADABLE;
	/* Frames grow down; only a leaf function that has pushed nothing may have none. */
	if (cfa < regs->sp || (cfa == regs->sp && !innermost))
		return LT_UNWIND_ASTRAY;
	if (rule->ra_kind == LT_UNWIND_RA_LR)
		ip = innermost ? regs->lr : 0;
	else if (LT_UNWIND_READ(context, cfa + rule->ra_off, &ip))
		return LT_UNWIND_UNREADABLE;
	if (lt_unwind_bp(context, regs, rule, cfa, &bp) ||
	    lt_unwind_bx(context, regs, rule, cfa, &bx))
		return LT_UNWIND_UNREADABLE;
	regs->ip = ip & LT_UNWIND_ADDRESS_MASK;
	regs->sp = cfa;
	regs->bp = bp;
	regs->bx = bx;
	regs->lr = 0;
	regs->is_return = 1;
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_COMPLETE;
}

#endif
