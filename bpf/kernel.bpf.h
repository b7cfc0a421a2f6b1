/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel structs that the programs read. Only the named members matter: their offsets
 * are relocated (CO-RE) to those of the running kernel. Included first by every .bpf.c.
 */
#ifndef LT_KERNEL_BPF_H
#define LT_KERNEL_BPF_H

#include <linux/types.h>
#include <linux/bpf.h>

#include <stdbool.h>
#include <stddef.h>

/* bpf_tracing.h then uses the kernel's register names instead of the C library's. */
#define __VMLINUX_H__

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct percpu_counter {
	__s64 count;
};

/* enum in include/linux/mm_types_task.h */
enum {
	LT_MM_FILEPAGES = 0,
	LT_MM_ANONPAGES = 1,
	LT_MM_SHMEMPAGES = 3,
	LT_MM_COUNTERS = 4,
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long hiwater_rss;
	struct percpu_counter rss_stat[LT_MM_COUNTERS]; /* since Linux 6.2 */
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
	unsigned long maxrss;
};

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct signal_struct *signal;
};

struct linux_binprm;

#pragma clang attribute pop

/* include/linux/sched/signal.h */
#define LT_SIGNAL_GROUP_EXIT 0x00000004

#if defined(__TARGET_ARCH_x86)
/* arch/x86/include/asm/ptrace.h; the layout is fixed for BPF programs on uprobes. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
		cs, flags, sp, ss;
};
/* A call pushed the return address, the return popped it. */
#define LT_RETURN_SP_DELTA 8
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
struct pt_regs;
#define LT_RETURN_SP_DELTA 0
#else
#error "leaktrace has no probes for this architecture"
#endif

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#endif
