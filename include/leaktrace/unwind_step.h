/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * One step of unwinding: from the registers of a frame to those of its caller by a rule. The
 * kernel does it on a live stack, src/unwind on a copy of one; both include this file after
 * defining
 *
 *	LT_UNWIND_READ(context, address, value)	reads 8 bytes of stack into *value, 0 if it could
 *	LT_UNWIND_USE(context, reg)		notes that the first frame's bp or bx mattered
 *
 * where CONTEXT is what lt_unwind_apply() was given.
 */
#ifndef LEAKTRACE_UNWIND_STEP_H
#define LEAKTRACE_UNWIND_STEP_H

#include "leaktrace/unwind_abi.h"

#if defined(__TARGET_ARCH_x86) || (!defined(__bpf__) && defined(__x86_64__))
/* struct rt_sigframe after its return address: ucontext, in it struct sigcontext at 40. */
#define LT_SIGNAL_BP	       120
#define LT_SIGNAL_BX	       128
#define LT_SIGNAL_SP	       160
#define LT_SIGNAL_IP	       168
#define LT_UNWIND_ADDRESS_MASK (~0ull)
#else
/* struct rt_sigframe: siginfo, ucontext, in it struct sigcontext at 304, its regs at 312. */
#define LT_SIGNAL_BP	       (312 + 8 * 29)
#define LT_SIGNAL_LR	       (312 + 8 * 30)
#define LT_SIGNAL_SP	       (312 + 8 * 31)
#define LT_SIGNAL_IP	       (312 + 8 * 32)
/* Pointer authentication codes are in the bits above the address. */
#define LT_UNWIND_ADDRESS_MASK ((1ull << 48) - 1)
#endif

/* Makes sure that regs->bp or regs->bx is the value itself. */
static inline __attribute__((always_inline)) int lt_unwind_load(void *context, __u8 which,
								__u64 *value, __u64 *at)
{
	if (*at == LT_UNWIND_AT_START)
		LT_UNWIND_USE(context, which);
	if (*at <= LT_UNWIND_AT_HERE)
		return 0;
	if (LT_UNWIND_READ(context, *at, value))
		return LT_UNWIND_UNREADABLE;
	*at = LT_UNWIND_AT_HERE;
	return 0;
}

static inline __attribute__((always_inline)) int
lt_unwind_register(void *context, struct lt_unwind_regs *regs, __u8 which, __u64 *value)
{
	int r = 0;

	if (which == LT_UNWIND_SP) {
		*value = regs->sp;
	} else if (which == LT_UNWIND_BP) {
		r = lt_unwind_load(context, which, &regs->bp, &regs->bp_at);
		*value = regs->bp;
	} else {
		r = lt_unwind_load(context, which, &regs->bx, &regs->bx_at);
		*value = regs->bx;
	}
	return r;
}

/* The frame that the kernel made for a signal handler: the interrupted registers are in it. */
static inline __attribute__((always_inline)) int lt_unwind_signal(void *context,
								  struct lt_unwind_regs *regs)
{
	__u64 frame = regs->sp;

	if (LT_UNWIND_READ(context, frame + LT_SIGNAL_IP, &regs->ip) ||
	    LT_UNWIND_READ(context, frame + LT_SIGNAL_SP, &regs->sp))
		return LT_UNWIND_UNREADABLE;
	regs->bp_at = frame + LT_SIGNAL_BP;
#ifdef LT_SIGNAL_LR
	if (LT_UNWIND_READ(context, frame + LT_SIGNAL_LR, &regs->lr))
		return LT_UNWIND_UNREADABLE;
#else
	regs->bx_at = frame + LT_SIGNAL_BX;
#endif
	regs->is_return = 0;
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_ASTRAY;
}

/* Code without unwind information: two words at the frame pointer, its caller's and the return. */
static inline __attribute__((always_inline)) int
lt_unwind_frame_pointer(void *context, struct lt_unwind_regs *regs)
{
	__u64 bp = 0, ip = 0;

	if (lt_unwind_register(context, regs, LT_UNWIND_BP, &bp))
		return LT_UNWIND_UNREADABLE;
	if (bp == 0)
		return LT_UNWIND_COMPLETE;
	if ((bp & 7) || bp < regs->sp)
		return LT_UNWIND_ASTRAY;
	if (LT_UNWIND_READ(context, bp + 8, &ip))
		return LT_UNWIND_UNREADABLE;
	regs->sp = bp + 16;
	regs->bp_at = bp;
	regs->ip = ip & LT_UNWIND_ADDRESS_MASK;
	regs->is_return = 1;
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_ASTRAY;
}

/*
 * Where the caller's frame pointer and rbx are. What is not known is 0: no rule that needs it
 * leads on then.
 */
static inline __attribute__((always_inline)) int lt_unwind_saved(void *context,
								 struct lt_unwind_regs *regs,
								 const struct lt_unwind_rule *rule,
								 __u64 cfa)
{
	__u64 base = 0;

	if (rule->fp_kind == LT_UNWIND_FP_CFA) {
		regs->bp_at = cfa + rule->fp_off;
	} else if (rule->fp_kind == LT_UNWIND_FP_REG) {
		if (lt_unwind_register(context, regs, rule->fp_reg, &base))
			return LT_UNWIND_UNREADABLE;
		regs->bp_at = base + rule->fp_off;
	} else if (rule->fp_kind == LT_UNWIND_FP_UNDEF) {
		regs->bp = 0;
		regs->bp_at = LT_UNWIND_AT_HERE;
	}
	if (rule->bx_off == LT_UNWIND_BX_UNDEF) {
		regs->bx = 0;
		regs->bx_at = LT_UNWIND_AT_HERE;
	} else if (rule->bx_off != LT_UNWIND_BX_SAME) {
		regs->bx_at = cfa + rule->bx_off;
	}
	return 0;
}

/* The CFA by RULE, which is the caller's stack pointer; false if memory could not be read. */
static inline __attribute__((always_inline)) int lt_unwind_cfa(void *context,
							       struct lt_unwind_regs *regs,
							       const struct lt_unwind_rule *rule,
							       __u64 *cfa)
{
	__u64 address = 0;

	if (lt_unwind_register(context, regs, rule->cfa_reg, &address))
		return LT_UNWIND_UNREADABLE;
	address += rule->cfa_off;
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
static inline __attribute__((always_inline)) int lt_unwind_apply(void *context,
								 struct lt_unwind_regs *regs,
								 const struct lt_unwind_rule *rule,
								 int innermost)
{
	__u64 cfa = 0, ip = 0;

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
	if (lt_unwind_saved(context, regs, rule, cfa))
		return LT_UNWIND_UNREADABLE;
	regs->ip = ip & LT_UNWIND_ADDRESS_MASK;
	regs->sp = cfa;
	regs->lr = 0;
	regs->is_return = 1;
	/* The first function of a makecontext() coroutine returns to nowhere, by convention. */
	return regs->ip ? LT_UNWIND_STEPPED : LT_UNWIND_COMPLETE;
}

#endif
