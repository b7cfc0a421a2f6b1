/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/* The contract about calls that map and unmap memory: a part of abi.h. */
#ifndef LEAKTRACE_MAPPING_ABI_H
#define LEAKTRACE_MAPPING_ABI_H

#include "leaktrace/abi.h"

/* What the thread was about. */
enum lt_mapping_when {
	LT_MAPPING_USUAL,
	LT_MAPPING_IN_ALLOCATOR, /* it was inside a call of an allocator */
	LT_MAPPING_FIRST,	 /* its process has not got a block yet */
};

/* A call of the mapping family that has succeeded; what it means, user space knows. */
struct lt_event_mapping {
	struct lt_event event;
	__u32 number; /* of the system call */
	__u32 stack;  /* index within the space; 0: none was taken */
	__u64 args[5];
	__u64 result;
	__u64 ip;    /* of the code that made the call */
	__u64 bytes; /* shmat: how much was attached; 0: could not be told */
	__u32 when;  /* enum lt_mapping_when */
	__u32 epoch; /* the test that it was born in, if it makes a mapping; 0: none */
};
LT_ASSERT(sizeof(struct lt_event_mapping) == 96);

#endif
