/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A call's arguments between its entry and its return, one call per thread: the outermost.
 * Allocators call each other (reallocarray calls realloc, which may call malloc); the inner
 * calls are part of the outer one. The record lives in the thread's storage and dies with it.
 */
#ifndef LT_INFLIGHT_BPF_H
#define LT_INFLIGHT_BPF_H

#include "maps.bpf.h"

/*
 * True if a call that begins at SP runs inside the recorded one. The stack grows down, so an
 * inner call has a lower stack pointer. A recorded call whose stack is below SP was left without
 * a return (longjmp, an exception, a cancelled thread) and is forgotten. Equal stack pointers
 * are a tail call from another function (reallocarray jumps to realloc), or the same call site
 * again after such a jump.
 */
static __always_inline bool inflight_nested(const struct lt_task *task, __u64 sp, __u32 call)
{
	if (task->sp == 0 || sp > task->sp)
		return false;
	return sp < task->sp || call != task->call;
}

/* True if a return from CALL with this stack pointer ends the recorded call. */
static __always_inline bool inflight_ends(const struct lt_task *task, __u64 sp, __u32 call)
{
	return task->sp != 0 && task->sp + LT_RETURN_SP_DELTA == sp && task->call == call;
}

/* True if a return instruction, with this stack pointer before it, ends the recorded call. */
static __always_inline bool inflight_ends_at_ret(const struct lt_task *task, __u64 sp)
{
	return task->sp != 0 && task->sp == sp && (task->call & LT_CALL_AT_RET);
}

#endif
