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

struct xol_area {
	unsigned long vaddr;
};

struct uprobes_state {
	struct xol_area *xol_area;
};

/* arch/x86/include/asm/mmu.h, arch/arm64/include/asm/mmu.h */
typedef struct {
	void *vdso;
} mm_context_t;

struct file;

struct mm_struct {
	struct file *exe_file;
	mm_context_t context;
	struct uprobes_state uprobes_state;
	unsigned long exec_vm;
	unsigned long start_stack;
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

/* A return that a uprobe has redirected, of this tracer or another. */
struct return_instance {
	unsigned long stack;
	unsigned long orig_ret_vaddr;
	struct return_instance *next;
};

struct uprobe_task {
	struct return_instance *return_instances;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
	__s64 i_size;
	__u32 i_generation;
	__s64 i_mtime_sec; /* since Linux 6.11 */
	__u32 i_mtime_nsec;
};

/* Linux 6.7 to 6.10, and before 6.7. */
struct inode___mtime67 {
	struct timespec64 __i_mtime;
};

struct inode___mtime {
	struct timespec64 i_mtime;
};

struct qstr {
	const unsigned char *name;
};

/* In a list of hashed names, or in none: then the name is gone. */
struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct file {
	void *private_data;
	struct inode *f_inode;
	unsigned int f_flags;
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
	unsigned long *open_fds;
};

struct files_struct {
	struct fdtable *fdt;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct file *vm_file;
};

struct thread_info {
	__u32 status; /* x86 */
};

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport; /* in network order */
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct socket {
	struct sock *sk;
};

#define LT_UNIX_PATH_BYTES 108
struct sockaddr_un {
	char sun_path[LT_UNIX_PATH_BYTES];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct thread_struct {
	unsigned long fsbase; /* x86 */
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	struct thread_info thread_info;
	struct thread_struct thread;
	struct uprobe_task *utask;
	int pid;
	int tgid;
	int exit_code;
	struct mm_struct *mm;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	__u64 self_exec_id;
	struct files_struct *files;
	struct fs_struct *fs;
	const struct cred *cred;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	char comm[16];
};

struct linux_binprm;

#pragma clang attribute pop

/* include/linux/mm.h */
#define LT_VM_EXEC    0x00000004
#define LT_PAGE_SHIFT 12

/* include/linux/sched/signal.h */
#define LT_SIGNAL_GROUP_EXIT 0x00000004

/* include/uapi/linux/prctl.h */
#define LT_PR_SET_NAME 15

#if defined(__TARGET_ARCH_x86)
/* arch/x86/include/asm/ptrace.h; the layout is fixed for BPF programs on uprobes. */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
		cs, flags, sp, ss;
};
/* A call pushed the return address, the return popped it. */
#define LT_RETURN_SP_DELTA 8
/* arch/x86/include/asm/thread_info.h: a system call of the 32-bit kind is in progress */
#define LT_TS_COMPAT 0x0002
/* The number of exit, which ends one thread. */
#define LT_SYS_EXIT 60

static __always_inline __u32 syscall_number(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

static __always_inline bool syscall_is_compat(const struct task_struct *task)
{
	return task->thread_info.status & LT_TS_COMPAT;
}

/* The registers of arguments are as they were when the call began. */
static __always_inline unsigned long syscall_argument(const struct pt_regs *regs, int i)
{
	switch (i) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
	__u64 orig_x0;
	__s32 syscallno;
};
#pragma clang attribute pop
#define LT_RETURN_SP_DELTA 0
#define LT_SYS_EXIT	   93

static __always_inline __u32 syscall_number(const struct pt_regs *regs)
{
	return regs->syscallno;
}

/* 32-bit programs are not traced on this architecture: their allocators are not found. */
static __always_inline bool syscall_is_compat(const struct task_struct *task)
{
	return false;
}

/* The first argument shares its register with the result. */
static __always_inline unsigned long syscall_argument(const struct pt_regs *regs, int i)
{
	return i ? regs->regs[i] : regs->orig_x0;
}
#else
#error "leaktrace has no probes for this architecture"
#endif

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

/* A pointer into the kernel as a number, which functions of their own may be given. */
static __always_inline __u64 kernel_address(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

#endif
