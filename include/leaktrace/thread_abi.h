/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* The contract about threads: a part of abi.h. */
#ifndef LEAKTRACE_THREAD_ABI_H
#define LEAKTRACE_THREAD_ABI_H

#include "leaktrace/abi.h"

/* Cookie of a probe on a function of threads: those of musl, of which attributes differ. */
#define LT_THREAD_MUSL 1

enum lt_thread_action {
	LT_THREAD_START = 1, /* it was made: tid, stack; by pthread_create: all but name */
	LT_THREAD_RELEASE,   /* it was joined or detached: handle */
	LT_THREAD_END,	     /* tid, with_process, name */
};

/* What happened to a thread; which members matter, the action tells. */
struct lt_event_thread {
	struct lt_event event;
	__u32 action; /* enum lt_thread_action */
	__u32 tid;
	__u64 handle;	   /* the pthread_t */
	__u64 routine;	   /* address of the function that it runs; 0: not known */
	__u32 stack;	   /* of the creator; index within the space, 0: none was taken */
	__u8 joinable;	   /* its end is not the last of it */
	__u8 with_process; /* it was running when the process ended */
	__u8 padding[2];
	char name[16];
	__u32 epoch; /* the test that it was born in; 0: none */
	__u32 more_padding;
};
LT_ASSERT(sizeof(struct lt_event_thread) == 72);

#endif
