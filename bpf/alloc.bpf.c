// SPDX-License-Identifier: GPL-2.0
/*
 * Probes on the functions of C allocators: read the arguments at the entry, record the result
 * at the return. Which function it is comes with the probe's cookie. The same code serves three
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

/* Present from Linux 6.13 on; used only in the program for sessions. */
extern bool bpf_session_is_return(void) __ksym __weak;

static __always_inline __u64 size_product(__u64 n, __u64 size)
{
	/* An overflow makes the call fail: then no size is recorded. */
	return n * size;
}

/* Reads what the call is about. realloc's old block is ours until realloc returns. */
static __always_inline void call_arguments(struct lt_task *task, struct pt_regs *ctx)
{
	task->block = 0;
	task->had_old = 0;
	switch (task->function) {
	case LT_FN_MALLOC:
		task->size = PT_REGS_PARM1(ctx);
		return;
	case LT_FN_CALLOC:
		task->size = size_product(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
		return;
	case LT_FN_MEMALIGN:
		task->size = PT_REGS_PARM2(ctx);
		return;
	case LT_FN_POSIX_MEMALIGN:
		task->block = PT_REGS_PARM1(ctx);
		task->size = PT_REGS_PARM3(ctx);
		return;
	case LT_FN_REALLOC:
		task->block = PT_REGS_PARM1(ctx);
		task->size = PT_REGS_PARM2(ctx);
		break;
	case LT_FN_REALLOCARRAY:
		task->block = PT_REGS_PARM1(ctx);
		task->size = size_product(PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));
		break;
	}
	/*
	 * The allocator may give the old address to another thread before this call returns, so
	 * the block has to leave the table now; it comes back if the call fails.
	 */
	if (task->block)
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

	if (!lt_skip_returns || task->function != LT_FN_MALLOC)
		return 0;
	task->sp = 0;
	if (space)
		__sync_fetch_and_add(&space_counts(space)->allocations, 1);
	return 1;
}

/* Returns 0 if the return of this call matters. */
static __always_inline int alloc_enter(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	__u32 space = space_of(task);
	__u32 function;

	if (!space)
		return 1;
	function = bpf_get_attach_cookie(ctx);
	if (!task)
		task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!task) {
		loss(space, LT_LOSS_INFLIGHT);
		return 1;
	}
	if (inflight_nested(task, PT_REGS_SP(ctx), function))
		return 1;
	task->sp = PT_REGS_SP(ctx);
	task->function = function;
	task->space = space;
	call_arguments(task, ctx);
	task->is_recorded = !lt_sample_bytes || sample_wants(task);
	return task->is_recorded ? 0 : alloc_skip(task);
}

/* The address that the call gave, 0 if it failed. */
static __always_inline __u64 call_result(struct lt_task *task, struct pt_regs *ctx)
{
	__u64 result = PT_REGS_RC(ctx);
	__u64 block = 0;

	if (task->function != LT_FN_POSIX_MEMALIGN)
		return result;
	if ((__u32)result != 0)
		return 0;
	if (bpf_probe_read_user(&block, sizeof(block), (void *)task->block))
		loss(task->space, LT_LOSS_RESULT_UNREADABLE);
	return block;
}

static __always_inline bool call_is_realloc(const struct lt_task *task)
{
	return task->block &&
	       (task->function == LT_FN_REALLOC || task->function == LT_FN_REALLOCARRAY);
}

/* A call that gave nothing: realloc to 0 bytes has freed its block, other failures change none. */
static __always_inline void call_failed(struct lt_task *task, struct lt_space *space)
{
	struct lt_counts *counts = space_counts(space);

	if (!call_is_realloc(task))
		return;
	if (task->size == 0) {
		count_free(counts, task->had_old);
		if (task->had_old && task->old.epoch != space->epoch)
			boundary_release(task->space, task->old.epoch,
					 task->old.size_stack >> LT_STACK_BITS);
	} else if (task->had_old) {
		blocks_add(task->space, task->block, &task->old);
	}
}

/* A new block, or the new place and size of an old one, which keeps the time of its birth. */
static __always_inline void call_succeeded(struct lt_task *task, struct lt_space *space,
					   struct pt_regs *ctx, __u64 address)
{
	struct lt_counts *counts = space_counts(space);
	struct lt_block block = {};
	__u64 size = task->size;

	__sync_fetch_and_add(&counts->allocations, 1);
	if (call_is_realloc(task))
		count_free(counts, task->had_old);
	if (!task->is_recorded)
		return;
	if (size > LT_BLOCK_MAX_SIZE) {
		size = LT_BLOCK_MAX_SIZE;
		loss(task->space, LT_LOSS_BLOCK_SIZE);
	}
	stack_begin(task, ctx);
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

static __always_inline int alloc_return(struct pt_regs *ctx)
{
	struct lt_task *task = task_current();
	struct lt_space *space;
	__u64 address;

	if (!task || !inflight_ends(task, PT_REGS_SP(ctx), bpf_get_attach_cookie(ctx)))
		return 0;
	task->sp = 0;
	space = space_get(task->space);
	if (!space)
		return 0;
	address = call_result(task, ctx);
	if (address)
		call_succeeded(task, space, ctx, address);
	else
		call_failed(task, space);
	return 0;
}

SEC("uprobe")
int lt_alloc_enter(struct pt_regs *ctx)
{
	alloc_enter(ctx);
	return 0;
}

SEC("uretprobe")
int lt_alloc_return(struct pt_regs *ctx)
{
	return alloc_return(ctx);
}

/* Loaded for session links instead of the two above. */
SEC("uprobe")
int lt_alloc(struct pt_regs *ctx)
{
	if (bpf_session_is_return())
		return alloc_return(ctx);
	return alloc_enter(ctx);
}

/* free is recorded at its entry: afterwards the address may be another thread's. */
SEC("uprobe")
int lt_free(struct pt_regs *ctx)
{
	__u64 address = PT_REGS_PARM1(ctx);
	struct lt_task *task = address ? task_current() : NULL;
	__u32 space_id = address ? space_of(task) : 0;
	struct lt_block block;
	struct lt_space *space;

	if (!space_id)
		return 0;
	space = space_get(space_id);
	if (!space)
		return 0;
	if (blocks_remove(space_id, address, &block)) {
		count_free(space_counts(space), true);
		if (block.epoch != space->epoch)
			boundary_release(space_id, block.epoch, block.size_stack >> LT_STACK_BITS);
		return 0;
	}
	/* An allocator that frees inside realloc: the call in progress accounts for the block. */
	if (!task || !inflight_nested(task, PT_REGS_SP(ctx), LT_FN_FREE))
		count_free(space_counts(space), false);
	return 0;
}
