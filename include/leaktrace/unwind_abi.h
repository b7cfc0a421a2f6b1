/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The unwind tables: what src/unwind writes and the unwinder in bpf/ reads. A code address is
 * looked up in three steps: mapping -> granule of 256 bytes of code -> row -> rule. Addresses
 * in a module are "pcs": relative to the page on which its first executable segment begins.
 */
#ifndef LEAKTRACE_UNWIND_ABI_H
#define LEAKTRACE_UNWIND_ABI_H

#include <linux/types.h>

#define LT_UNWIND_GRANULE_SHIFT 8 /* a granule is 256 bytes of code */
#define LT_UNWIND_MAX_RULES	65536

/* Rule ids that are the same in every run: no lookup of struct lt_unwind_rule is needed. */
#define LT_UNWIND_RULE_NONE   0
#define LT_UNWIND_RULE_END    1
#define LT_UNWIND_RULE_FP     2
#define LT_UNWIND_RULE_SIGNAL 3

/* How the CFA, the caller's stack pointer, is found. */
enum lt_unwind_kind {
	LT_UNWIND_NONE,	  /* not known: no unwind information here, or of a form not supported */
	LT_UNWIND_REG,	  /* cfa_reg + cfa_off */
	LT_UNWIND_DEREF,  /* *(cfa_reg + cfa_off) + post */
	LT_UNWIND_PLT,	  /* cfa_reg + cfa_off, 8 more if (pc & 15) >= post: a stub of the linker */
	LT_UNWIND_SIGNAL, /* the frame that the kernel made: all registers are in its ucontext */
	LT_UNWIND_END,	  /* the first function of a thread: the stack is complete */
	LT_UNWIND_FP,	  /* code without unwind information at all: go by the frame pointer */
};

/* The registers that are followed from frame to frame. */
enum lt_unwind_reg {
	LT_UNWIND_SP, /* rsp, sp */
	LT_UNWIND_BP, /* the frame pointer: rbp, x29 */
	LT_UNWIND_BX, /* rbx; never on aarch64 */
};

/* Where the caller's frame pointer is. */
enum lt_unwind_fp_kind {
	LT_UNWIND_FP_SAME,  /* still in the register */
	LT_UNWIND_FP_CFA,   /* in memory at CFA + fp_off */
	LT_UNWIND_FP_REG,   /* in memory at fp_reg + fp_off, fp_reg as it is in this frame */
	LT_UNWIND_FP_UNDEF, /* nowhere, or in a place that is not supported */
};

/* Where the return address is. */
enum lt_unwind_ra_kind {
	LT_UNWIND_RA_CFA, /* in memory at CFA + ra_off */
	LT_UNWIND_RA_LR,  /* in x30: for the innermost frame, or the one that a signal broke into */
};

/* Values of lt_unwind_rule.bx_off that are no offset. */
#define LT_UNWIND_BX_SAME  0	    /* the caller's rbx is still in the register */
#define LT_UNWIND_BX_UNDEF (-32768) /* the caller's rbx is not known */

/*
 * What to do in one frame; each distinct rule exists once per run, its index is the rule id.
 * Everything that a kind does not use is 0.
 */
struct lt_unwind_rule {
	__u8 kind;    /* enum lt_unwind_kind */
	__u8 cfa_reg; /* enum lt_unwind_reg; for REG, DEREF and PLT */
	__u8 fp_kind; /* enum lt_unwind_fp_kind; for REG, DEREF and PLT */
	__u8 fp_reg;  /* enum lt_unwind_reg; for LT_UNWIND_FP_REG */
	__s32 cfa_off;
	__s16 fp_off;
	__s16 ra_off; /* for LT_UNWIND_RA_CFA */
	__s16 bx_off; /* the caller's rbx is at CFA + bx_off; or LT_UNWIND_BX_SAME, _UNDEF */
	__u8 ra_kind; /* enum lt_unwind_ra_kind */
	__u8 post;    /* DEREF: what is added to the value read; PLT: the lowest pc & 15 */
};

/* From pc to the pc of the next row, RULE holds. The first row of a module has pc 0. */
struct lt_unwind_row {
	__u32 pc;
	__u32 rule; /* a rule id */
};

/*
 * Where to search for the pcs of one granule: the row wanted is the last one in
 * [first_row, next_first_row) whose pc is not above the pc looked up. Never empty; 256 rows or
 * one more at most, so that nine halvings end every search.
 */
struct lt_unwind_granule {
	__u32 first_row;      /* index of the row that holds for the first byte of the granule */
	__u32 next_first_row; /* one more than the index of the last row that begins in it */
};

/* One executable mapping of a process. */
struct lt_unwind_mapping {
	__u64 start;	     /* first address */
	__u64 end;	     /* one more than the last */
	__u64 bias;	     /* address - bias = pc */
	__u32 first_granule; /* index of the module's first granule */
	__u32 n_granules;    /* 0: a module without tables */
};

/* The mappings of a process: a slice of the array of mappings, sorted by address. */
struct lt_unwind_process {
	__u32 first_mapping;
	__u32 n_mappings;
};

/*
 * The registers of a frame, as far as unwinding follows them. Where a function saved a register
 * of its caller, only the place is noted: most saved values are never needed.
 */
struct lt_unwind_regs {
	__u64 ip;
	__u64 sp;
	__u64 bp; /* rbp, x29: as BP_AT says */
	__u64 bx; /* rbx: as BX_AT says */
	__u64 lr; /* x30, while it is known */
	/* 1: ip is a return address and belongs to the call before it; 0: the instruction */
	__u64 is_return;
	__u64 bp_at; /* LT_UNWIND_AT_...; else the address at which the value was saved */
	__u64 bx_at;
};

#define LT_UNWIND_AT_START 0 /* the value is in the member: that of the innermost frame */
#define LT_UNWIND_AT_HERE  1 /* the value is in the member, from memory; 0: not known */

/* How a step went; what is below zero ends the stack. */
enum lt_unwind_result {
	LT_UNWIND_STEPPED = 0,
	LT_UNWIND_COMPLETE = -1,   /* there is no caller */
	LT_UNWIND_NO_RULE = -2,	   /* no unwind information for this code */
	LT_UNWIND_UNREADABLE = -3, /* stack memory could not be read */
	LT_UNWIND_ASTRAY = -4,	   /* the caller's frame would not be above this one */
	LT_UNWIND_NO_MODULE = -5,  /* code of a file whose table is not there yet */
};

_Static_assert(sizeof(struct lt_unwind_rule) == 16, "a rule is 16 bytes on both sides");
_Static_assert(sizeof(struct lt_unwind_row) == 8, "a row is 8 bytes on both sides");
_Static_assert(sizeof(struct lt_unwind_granule) == 8, "a granule is 8 bytes on both sides");
_Static_assert(sizeof(struct lt_unwind_mapping) == 32, "a mapping is 32 bytes on both sides");
_Static_assert(sizeof(struct lt_unwind_process) == 8, "a process is 8 bytes on both sides");
_Static_assert(__builtin_offsetof(struct lt_unwind_rule, cfa_off) == 4, "no padding in a rule");
_Static_assert(__builtin_offsetof(struct lt_unwind_rule, bx_off) == 12, "no padding in a rule");

#endif
