/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that make, change or give back a resource, seen when they return. One program
 * looks at every system call of the machine and leaves at once unless user space wants that
 * number; each family of calls is handled in a file of its own.
 */
#ifndef LT_SYSCALL_BPF_H
#define LT_SYSCALL_BPF_H

#include "maps.bpf.h"

/* A system call of a traced process that has returned. */
struct lt_syscall {
	__u32 number;
	__u32 space;
	__s64 result; /* or a negative errno */
	__u64 args[6];
};

/* Families. Each returns 0; the result is for the verifier. */
int mapping_syscall(const struct lt_syscall *call);
int fd_syscall(const struct lt_syscall *call);

#endif
