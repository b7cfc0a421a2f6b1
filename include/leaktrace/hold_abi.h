/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* The part of abi.h about processes that wait for user space. Included by abi.h. */
#ifndef LEAKTRACE_HOLD_ABI_H
#define LEAKTRACE_HOLD_ABI_H

/*
 * A process can be made to wait inside a probe until user space has seen to it: before it ends,
 * so that its memory can be looked at. It sends struct lt_event_hold through lt_holds, sets a bit
 * of lt_space.hold, and goes on when user space has cleared it, or after LT_HOLD_MAX_NS. No signal
 * is involved, and nobody can see it but as a process that runs.
 */
#define LT_HOLD_MAX_NS	   (10ull * 1000000000)
#define LT_HOLD_MAX_TURNS  (1u << 23) /* looks at lt_space.hold */
#define LT_HOLD_RING_BYTES (1u << 20)
#define LT_EXIT_REGISTERS  6

/* As bits: one thread may load something while another one ends the process. */
enum lt_hold {
	LT_HOLD_EXIT = 1,     /* the process is about to end */
	LT_HOLD_LOAD = 2,     /* it has been loaded: struct lt_load */
	LT_HOLD_TEARDOWN = 4, /* it is about to throw away what leads to its memory, and to end */
};

/* Through lt_holds. */
struct lt_event_hold {
	struct lt_event event;
	__u32 pid;
	__u32 tid;
	__u32 why; /* enum lt_hold */
	__u32 padding;
	__u64 sp; /* when the thread called exit() or its like, or what tears down */
	/* Those that calls preserve, at the same time: rbx, rbp, r12 to r15. */
	__u64 registers[LT_EXIT_REGISTERS];
};

/*
 * A process has loaded what it needs and is about to run it, or is about to call exec: it waits
 * until probes are there, the first time that this program has so much code mapped, or that this
 * path leads to a program that waits in its loader. Key of lt_seen.
 */
struct lt_seen_key {
	__u64 ino;     /* of the program; before an exec: a hash of the path and where it begins */
	__u64 exec_vm; /* 0: before an exec */
	__u32 dev;     /* as the kernel encodes it */
	__u32 padding;
};
#define LT_MAX_SEEN	   16384
#define LT_LOAD_RING_BYTES (1u << 18)
#define LT_MAX_STARTS	   1024 /* threads that wait before an exec at once */
#define LT_PATH_WORDS	   32	/* of a path that is remembered, its end included */

/* Through lt_loads. */
struct lt_load {
	struct lt_seen_key key; /* without INO: the path cannot be remembered */
	__u32 space;		/* 0: before an exec */
	__u32 pid;
	__u32 tid;
	__u32 padding;
	__u64 path; /* before an exec: where in the process it is */
};

#endif
