/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * What an allocator's functions do, as probe/ tells it to the programs: a number that comes with
 * each probe.
 */
#ifndef LEAKTRACE_CALL_ABI_H
#define LEAKTRACE_CALL_ABI_H

/* What a probed function does. */
enum lt_call_kind {
	LT_CALL_ACQUIRE = 1, /* gives a block */
	LT_CALL_REALLOC,     /* moves a block, or gives it another size where it is */
	LT_CALL_RESIZE,	     /* another size where it is, if it returns SIZE or more */
	LT_CALL_RELEASE,     /* takes a block back */
};

/*
 * What a probed function does and where its arguments are, in 32 bits: the probe's cookie.
 * Arguments count from 1, 0 is none; the size of a block is SIZE times COUNT. The block comes as
 * the function's value, or through the pointer in argument RESULT if the value is 0.
 */
#define LT_CALL_KIND(call)   ((call)&7)
#define LT_CALL_SIZE(call)   ((call) >> 4 & 7)
#define LT_CALL_COUNT(call)  ((call) >> 8 & 7)
#define LT_CALL_BLOCK(call)  ((call) >> 12 & 7)
#define LT_CALL_RESULT(call) ((call) >> 16 & 7)
#define LT_MAX_CALL_ARGUMENT 5

/* There is no probe at its return but at its return instructions: the stack stays as it is. */
#define LT_CALL_AT_RET (1u << 20)
/* An exception may leave it, so what is called meanwhile counts for itself. Needs AT_RET. */
#define LT_CALL_THROWS (1u << 21)
/* realloc: when it fails, the block is released all the same. */
#define LT_CALL_CONSUMES (1u << 22)
/* The size is the length of the string in argument SIZE, its end included, at most COUNT + 1. */
#define LT_CALL_STRING (1u << 23)
/* From here on: makes the calls of one file different from each other. */
#define LT_CALL_NUMBER_SHIFT 24
#define LT_CALL_WHAT	     ((1u << LT_CALL_NUMBER_SHIFT) - 1)
/* Whatever is called like malloc. */
#define LT_CALL_MALLOC (LT_CALL_ACQUIRE | 1 << 4)

#endif
