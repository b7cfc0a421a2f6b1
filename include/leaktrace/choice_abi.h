/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * Which programs are traced when they start, if it is not only the children of what is traced:
 * written by user space before the load, read by the programs at each exec.
 */
#ifndef LEAKTRACE_CHOICE_ABI_H
#define LEAKTRACE_CHOICE_ABI_H

#include <linux/types.h>

/*
 * Patterns of names as a machine of states, all patterns at once: bit I of the state says that
 * the first elements of a pattern, up to the one that I stands for, have matched so far. A star
 * is no element but lets a state stay. Names are those of /proc/PID/comm.
 */
#define LT_MAX_COMM 16

struct lt_glob {
	__u64 starts;	     /* states before the first character; 0: no pattern */
	__u64 stars;	     /* states that any character keeps */
	__u64 accepts;	     /* states in which the whole name has matched */
	__u64 elements[256]; /* states that this character moves on to the next one */
};

struct lt_choice {
	__u32 wanted;  /* 1: programs are chosen by what follows; 0: only followed */
	__u32 self;    /* tgid of leaktrace */
	__u32 has_uid; /* 1: UID counts */
	__u32 uid;
	__u32 mount_ns; /* its inode number; 0: any */
	__u32 pid_ns;
	__u64 cgroup;	 /* inode number of its folder; 0: any */
	__u32 hierarchy; /* of CGROUP: each has numbers of its own */
	__u32 padding;
	struct lt_glob include; /* without patterns: all */
	struct lt_glob exclude; /* without patterns: none */
};

/* The states after one more character. To a compiler, what is const and not volatile is zero. */
static inline __u64 lt_glob_step(const volatile struct lt_glob *glob, __u64 states, __u8 character)
{
	return (states & glob->elements[character]) << 1 | (states & glob->stars);
}

#endif
