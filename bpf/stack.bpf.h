/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The caller's stack at an allocator's return, by frame pointers, and its identity. The first
 * frame is the return address itself and always right; the others are right in programs built
 * with frame pointers.
 */
#ifndef LT_STACK_BPF_H
#define LT_STACK_BPF_H

#include "maps.bpf.h"

/* A frame record farther than this from the previous one is not believed. */
#define LT_MAX_FRAME_BYTES (1u << 20)

static __always_inline __u64 stack_hash(__u64 hash, __u64 pc)
{
	hash = (hash ^ pc) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

/* Fills task->stack.pcs from the registers at the return; returns the hash. */
static __always_inline __u64 stack_walk(struct lt_task *task, struct pt_regs *ctx, __u64 seed)
{
	__u64 fp = PT_REGS_FP(ctx), below = PT_REGS_SP(ctx);
	__u64 hash = stack_hash(seed, PT_REGS_IP(ctx));
	__u32 n = 1;

	task->stack.pcs[0] = PT_REGS_IP(ctx);
	task->stack.end = LT_STACK_TRUNCATED;
	for (int i = 1; i < LT_MAX_FRAMES; i++) {
		struct {
			__u64 fp;
			__u64 pc;
		} record;

		if ((fp & 7) || fp < below || fp - below > LT_MAX_FRAME_BYTES ||
		    bpf_probe_read_user(&record, sizeof(record), (void *)fp) ||
		    record.pc < 4096 || record.pc >> 56) {
			task->stack.end = LT_STACK_FRAME_POINTER;
			break;
		}
		task->stack.pcs[i] = record.pc;
		hash = stack_hash(hash, record.pc);
		n++;
		below = fp + sizeof(record);
		fp = record.fp;
	}
	task->stack.n = (__u16)n;
	return hash;
}

/* Sends the frames in TASK once; returns their index in the space, 0 if that failed. */
static __noinline __u32 stack_send(struct lt_task *task, struct lt_space *space, __u64 hash)
{
	__u32 index = __sync_fetch_and_add(&space->n_stacks, 1) + 1;
	__u32 n = task->stack.n;
	__u32 *known;
	long r;

	if (index > LT_STACK_MAX) {
		loss(task->space, LT_LOSS_STACKS_FULL);
		return 0;
	}
	if (n > LT_MAX_FRAMES)
		n = LT_MAX_FRAMES;
	task->stack.event.type = LT_EVENT_STACK;
	task->stack.event.space = task->space;
	task->stack.event.time_ns = bpf_ktime_get_ns();
	task->stack.hash = hash;
	task->stack.index = index;
	if (bpf_ringbuf_output(&lt_events, &task->stack, sizeof(task->stack) + 8 * n, 0)) {
		/* Not known as sent, so the next allocation from here tries again. */
		loss(task->space, LT_LOSS_STACK_UNSENT);
		return 0;
	}
	r = bpf_map_update_elem(&lt_stacks, &hash, &index, BPF_NOEXIST);
	if (r == 0)
		return index;
	/* Another thread was faster, or the map is full: then this index is sent every time. */
	known = bpf_map_lookup_elem(&lt_stacks, &hash);
	if (known)
		return *known;
	return index;
}

/* The index, within the space, of the caller's stack; 0 if there is none, which is counted. */
static __always_inline __u32 stack_index(struct lt_task *task, struct lt_space *space,
					 struct pt_regs *ctx)
{
	__u64 hash = stack_walk(task, ctx, (__u64)task->space << 32 ^ space->start_ns);
	__u32 *known = bpf_map_lookup_elem(&lt_stacks, &hash);

	return known ? *known : stack_send(task, space, hash);
}

#endif
