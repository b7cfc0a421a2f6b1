// SPDX-License-Identifier: GPL-2.0
/*
 * Probes on the functions of allocators: read the arguments at the entry, record the result
 * at the return. What a function does comes with the probe's cookie. The same code serves three
 * kinds of links: sessions (entry and return in one), separate entry and return links, and
 * perf events.
 */
#include "maps.bpf.h"
#include "blocks.bpf.h"
#include "boundary.bpf.h"
#include "inflight.bpf.h"
#include "sample.bpf.h"
#include "space.bpf.h"
#include "stack.bpf.h"

/* A longer string has its size cut: see LT_LOSS_STRING_SIZE. */
#define LT_MAX_STRING_PARTS 16

/* In place of an address that nobody has looked at. */
#define LT_INNER_SKIPPED (~0ull)

/* What a function may put before its blocks, in bytes. */
#define LT_MAX_HEADER 256

/* Present from Linux 6.13 on; used only in the program for sessions. */
extern bool bpf_session_is_return(void) __ksym __weak;

/* The bytes that a copy of the string in an argument takes, at most MAX with the end. */
__noinline __u64 string_bytes(struct lt_task *task, __u64 string, __u64 max)
{
	__u64 bytes = 0;

	if (!task)
		return 0;
	for (int i = 0; i < LT_MAX_STRING_PARTS; i++) {
		long n = bpf_probe_read_user_str(task->event, LT_MAX_ARGS, (void *)string + bytes);

		if (n <= 0)
			break;
		if (n < LT_MAX_ARGS || bytes + n >= max) {
			bytes += n;
			return bytes < max ? bytes : max;
		}
		bytes += n - 1;
	}
	loss(task->space, LT_LOSS_STRING_SIZE);
	return bytes;
}

static __always_inline __u64 call_argument(const struct lt_task *task, __u32 number)
{
	return task->arguments[number & 7];
}

static __always_inline __u64 call_size(struct lt_task *task, __u32 call)
{
	__u64 size = call_argument(task, LT_CALL_SIZE(call));
	__u64 count = call_argument(task, LT_CALL_COUNT(call));

	if (call & LT_CALL_STRING)
		return string_bytes(task, size, LT_CALL_COUNT(call) ? count + 1 : ~0ull);
	/* An overflow makes the call fail: then no size is recorded. */
	return size * count;
}

static __always_inline void call_read_arguments(struct lt_task *task, struct pt_regs *ctx)
{
	task->arguments[0] = 1;
	task->arguments[1] = PT_REGS_PARM1(ctx);
	task->arguments[2] = PT_REGS_PARM2(ctx);
	task->arguments[3] = PT_REGS_PARM3(ctx);
	task->arguments[4] = PT_REGS_PARM4(ctx);
	task->arguments[5] = PT_REGS_PARM5(ctx);
}

/* Records what the call is about. A realloc's old block is ours until it returns. */
static __always_inline void call_begin(struct lt_task *task, struct pt_regs *ctx, __u32 space,
				       __u32 call)
{
	task->sp = PT_REGS_SP(ctx);
	task->call = call;
	task->space = space;
	call_read_arguments(task, ctx);
	task->size = call_size(task, call);
	task->block = 0;
	task->result_at = 0;
	task->had_old = 0;
	if (LT_CALL_RESULT(call))
		task->result_at = call_argument(task, LT_CALL_RESULT(call));
	if (!LT_CALL_BLOCK(call))
		return;
	task->block = call_argument(task, LT_CALL_BLOCK(call));
	/*
	 * The allocator may give the old address to another thread before this call returns, so
	 * the block has to leave the table now; it comes back if the call fails.
	 */
	if (task->block && LT_CALL_KIND(call) == LT_CALL_REALLOC)
		task->had_old = blocks_remove(task->space, task->block, &task->old);
}

/* A block was given back. While only samples are recorded, most are not in the table. */
static __always_inline void count_free(struct lt_counts *counts, bool was_recorded)
{
	if (was_recorded || lt_sample_bytes)
		__sync_fetch_and_add(&counts->frees, 1);
	else
		__sync_fetch_and_add(&counts->unknown_frees, 1);
}

/*
 * Sampling: counts a malloc that is not recorded, as if it succeeded, and spares its return. Only
 * malloc, which calls no other function of an allocator, and only where nobody needs to know
 * whether a thread is inside of it.
 */
static __always_inline int alloc_skip(struct lt_task *task)
{
	struct lt_space *space = space_get(task->space);

	if (!lt_skip_returns || (task->call & LT_CALL_WHAT) != LT_CALL_MALLOC)
		return 0;
	task->sp = 0;
	task->throwing.inner = LT_INNER_SKIPPED;
	if (space)
		__sync_fetch_and_add(&space_counts(space)->allocations, 1);
	return 1;
}

static __always_inline struct lt_task *task_new(__u32 space)
{
	struct lt_task *task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
						    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		loss(space, LT_LOSS_INFLIGHT);
	return task;
}

/* Returns 0 if the function's return ends this call. SPACE is traced. */
static __always_inline int alloc_enter(struct pt_regs *ctx, struct lt_task *task, __u32 space,
				       __u32 call)
{
	if (!task)
		task = task_new(space);
	if (!task || inflight_nested(task, PT_REGS_SP(ctx), call))
		return 1;
	call_begin(task, ctx, space, call);
	task->is_recorded = !lt_sample_bytes || sample_wants(task);
	if (!task->is_recorded && alloc_skip(task))
		return 1;
	return (call & LT_CALL_AT_RET) != 0;
}

/* The address that the call gave, 0 if it failed. */
static __always_inline __u64 call_result(struct lt_task *task, struct pt_regs *ctx)
{
	__u64 result = PT_REGS_RC(ctx);
	__u64 block = 0;

	if (!task->result_at)
		return result;
	if ((__u32)result != 0)
		return 0;
	if (bpf_probe_read_user(&block, sizeof(block), (void *)task->result_at))
		loss(task->space, LT_LOSS_RESULT_UNREADABLE);
	return block;
}

static __always_inline bool call_is_realloc(const struct lt_task *task)
{
	return task->block && LT_CALL_KIND(task->call) == LT_CALL_REALLOC;
}

/* A call that gave nothing: realloc to 0 bytes has freed its block, other failures change none. */
static __always_inline void call_failed(struct lt_task *task, struct lt_space *space)
{
	struct lt_counts *counts = space_counts(space);

	if (!call_is_realloc(task))
		return;
	if (task->size == 0 || (task->call & LT_CALL_CONSUMES)) {
		count_free(counts, task->had_old);
		if (task->had_old && task->old.epoch != space->epoch)
			boundary_release(task->space, task->old.epoch, task->old.size_stack);
	} else if (task->had_old) {
		blocks_add(task->space, task->block, &task->old);
	}
}

/* A new block, or the new place and size of an old one, which keeps the time of its birth. */
static __always_inline void call_succeeded(struct lt_task *task, struct lt_space *space,
					   __u64 address)
{
	struct lt_counts *counts = space_counts(space);
	struct lt_block block = {};
	__u64 size = task->size;

	__sync_fetch_and_add(&counts->allocations, 1);
	if (call_is_realloc(task))
		count_free(counts, task->had_old);
	if (!task->is_recorded)
		return;
	if (space->full) {
		loss(task->space, LT_LOSS_PROCESS_FULL);
		return;
	}
	if (size > LT_BLOCK_MAX_SIZE) {
		size = LT_BLOCK_MAX_SIZE;
		loss(task->space, LT_LOSS_BLOCK_SIZE);
	}
	block.size_stack = size << LT_STACK_BITS | stack_index(task);
	if (task->had_old) {
		block.birth = task->old.birth;
		block.epoch = task->old.epoch;
	} else {
		block.birth = (bpf_ktime_get_ns() - lt_start_ns) >> LT_BIRTH_SHIFT;
		block.epoch = boundary_epoch(task, space);
	}
	blocks_add(task->space, address, &block);
}

/* The block is where it was, with another size. */
static __always_inline void call_resized(struct lt_task *task)
{
	struct lt_block block;

	if (!blocks_remove(task->space, task->block, &block))
		return;
	block.size_stack = task->size << LT_STACK_BITS | (block.size_stack & LT_STACK_MAX);
	blocks_add(task->space, task->block, &block);
}

/* The recorded call has returned; stack_begin() or stack_begin_at_ret() has been called. */
static __always_inline int call_end(struct lt_task *task, __u64 address)
{
	struct lt_space *space;

	if (!task)
		return 0;
	space = space_get(task->space);
	if (!space)
		return 0;
	if (LT_CALL_KIND(task->call) == LT_CALL_RESIZE) {
		if (address >= task->size)
			call_resized(task);
	} else if (address) {
		task->throwing.inner = address;
		task->throwing.inner_bytes = task->size;
		call_succeeded(task, space, address);
	} else {
		call_failed(task, space);
	}
	return 0;
}

/*
 * The operator new that ends has given BLOCK. True if that is what the function underneath has
 * given, which is recorded. Where it is a part of that, for a header in front of it or out of a
 * chunk for many blocks, the outer one counts: then what the inner one gave is taken back.
 */
static __always_inline bool block_is_inner(struct lt_task *task, __u64 block)
{
	__u64 inner = task->throwing.inner, bytes = task->throwing.inner_bytes;
	struct lt_space *space = space_get(task->throwing.space);
	struct lt_block taken;

	if (inner == LT_INNER_SKIPPED || (inner == block && bytes == task->throwing.size))
		return true;
	if (!space || !inner || (block != inner && block - inner >= bytes))
		return false;
	blocks_remove(task->throwing.space, inner, &taken);
	__sync_fetch_and_sub(&space_counts(space)->allocations, 1);
	return false;
}

/* Makes the pending operator new the recorded call: what it has called is over. */
static __always_inline void call_begin_throwing(struct lt_task *task)
{
	task->call = LT_CALL_ACQUIRE | LT_CALL_AT_RET | LT_CALL_THROWS;
	task->space = task->throwing.space;
	task->size = task->throwing.size;
	task->block = 0;
	task->result_at = 0;
	task->had_old = 0;
	task->is_recorded = !lt_sample_bytes || sample_wants(task);
}

/*
 * Whether a return instruction ends the recorded call, or a pending operator new, which is the
 * recorded call then. A jump from one function to another shares the instruction, so the stack
 * pointer says which call it ends.
 */
static __always_inline bool ret_ends_call(struct lt_task *task, struct pt_regs *ctx)
{
	__u64 sp = PT_REGS_SP(ctx);

	if (inflight_ends_at_ret(task, sp)) {
		task->sp = 0;
		return true;
	}
	if (!task->throwing.sp || task->throwing.sp != sp)
		return false;
	task->throwing.sp = 0;
	if (!PT_REGS_RC(ctx) || block_is_inner(task, PT_REGS_RC(ctx)))
		return false;
	call_begin_throwing(task);
	return true;
}

/* The return of CALL, or, without one, a return instruction that may end a call. */
static __always_inline int alloc_end(struct pt_regs *ctx, struct lt_task *task, __u32 call)
{
	if (!task)
		return 0;
	if (call) {
		if (!inflight_ends(task, PT_REGS_SP(ctx), call))
			return 0;
		task->sp = 0;
		stack_begin(task, ctx);
	} else {
		if (!ret_ends_call(task, ctx))
			return 0;
		stack_begin_at_ret(task, ctx);
	}
	return call_end(task, call_result(task, ctx));
}

/* The entry of a call whose end lt_alloc_end sees. */
SEC("uprobe")
int lt_alloc_enter(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	__u32 space = space_of(task);

	if (space)
		alloc_enter(ctx, task, space, bpf_get_attach_cookie(ctx));
	return 0;
}

/* The end of a call: the function's return, or a return instruction, which has no cookie. */
SEC("uprobe")
int lt_alloc_end(struct pt_regs *ctx)
{
	return alloc_end(ctx, task_current(), bpf_get_attach_cookie(ctx));
}

/*
 * Loaded for session links instead of the two above. Returns 1 where the return of the function at
 * hand is of no interest.
 */
SEC("uprobe")
int lt_alloc(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	__u32 space = space_of(task);
	__u32 call;

	/* Before anything else: most processes of a machine are not traced. */
	if (!space)
		return 1;
	call = bpf_get_attach_cookie(ctx);
	if (call && !bpf_session_is_return())
		return alloc_enter(ctx, task, space, call);
	alloc_end(ctx, task, call);
	return 1;
}

/* The entry of an operator new: an exception may leave it, and its handler may do anything. */
SEC("uprobe")
int lt_new_enter(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	__u32 space = space_of(task);
	__u32 call;

	if (!space)
		return 0;
	call = bpf_get_attach_cookie(ctx);
	if (!task)
		task = task_new(space);
	if (!task || inflight_nested(task, PT_REGS_SP(ctx), call))
		return 0;
	call_read_arguments(task, ctx);
	task->throwing.sp = PT_REGS_SP(ctx);
	task->throwing.size = call_size(task, call);
	task->throwing.inner = 0;
	task->throwing.space = space;
	return 0;
}

/*
 * True if this release is part of another one: of an operator delete that calls free, or of a
 * realloc in progress, which accounts for its block.
 */
static __always_inline bool free_is_inner(struct lt_task *task, __u64 address, __u64 sp)
{
	if (!task)
		return false;
	/* What the user has asked for may be some way into what the allocator gave. */
	if (task->released - address < LT_MAX_HEADER && sp <= task->released_sp) {
		task->released = 0;
		return true;
	}
	return inflight_nested(task, sp, 0);
}

/* A release is recorded at its entry: afterwards the address may be another thread's. */
static __always_inline void alloc_free(struct lt_task *task, __u32 space_id, __u64 address,
				       __u64 sp)
{
	struct lt_space *space = space_get(space_id);
	struct lt_block block;

	if (!space)
		return;
	if (blocks_remove(space_id, address, &block)) {
		count_free(space_counts(space), true);
		if (block.epoch != space->epoch)
			boundary_release(space_id, block.epoch, block.size_stack);
		return;
	}
	if (!free_is_inner(task, address, sp))
		count_free(space_counts(space), false);
}

SEC("uprobe")
int lt_free(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx);
	struct lt_task *task = address ? task_current() : NULL;
	__u32 space = address ? space_of(task) : 0;

	if (space)
		alloc_free(task, space, address, PT_REGS_SP(ctx));
	return 0;
}

/* A release under another name than free, which may call free, with its block in any argument. */
SEC("uprobe")
int lt_release(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	__u32 space = space_of(task);
	__u64 address;

	if (!space)
		return 0;
	if (!task)
		task = task_new(space);
	if (!task)
		return 0;
	call_read_arguments(task, ctx);
	address = call_argument(task, LT_CALL_BLOCK(bpf_get_attach_cookie(ctx)));
	if (!address)
		return 0;
	alloc_free(task, space, address, PT_REGS_SP(ctx));
	task->released = address;
	task->released_sp = PT_REGS_SP(ctx);
	return 0;
}
