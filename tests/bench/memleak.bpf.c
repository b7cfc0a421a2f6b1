// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer as most are made, to compare with: a probe on the first instruction of each function
 * and one on its return, hash maps for sizes in flight, live blocks and sums by stack, and
 * bpf_get_stackid() at each allocation. Counts what it saw.
 */
#include "kernel.bpf.h"

struct alloc_info {
	__u64 size;
	__u64 timestamp_ns;
	__s64 stack;
};

struct sums {
	__u64 bytes;
	__u64 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u64);
	__type(value, __u64);
} sizes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000000);
	__type(key, __u64);
	__type(value, struct alloc_info);
} allocs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __s64);
	__type(value, struct sums);
} combined SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 10240);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

__u64 n_allocations = 0;

static __always_inline int size_set(__u64 size)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&sizes, &thread, &size, BPF_ANY);
	return 0;
}

static __always_inline void sums_add(__s64 stack, __u64 bytes, __u64 n)
{
	struct sums zero = {}, *sums = bpf_map_lookup_elem(&combined, &stack);

	if (!sums) {
		bpf_map_update_elem(&combined, &stack, &zero, BPF_NOEXIST);
		sums = bpf_map_lookup_elem(&combined, &stack);
	}
	if (!sums)
		return;
	__sync_fetch_and_add(&sums->bytes, bytes);
	__sync_fetch_and_add(&sums->n, n);
}

static __always_inline int block_forget(__u64 address)
{
	struct alloc_info *known = bpf_map_lookup_elem(&allocs, &address), info;

	if (!known)
		return 0;
	info = *known;
	bpf_map_delete_elem(&allocs, &address);
	sums_add(info.stack, -info.size, -1);
	return 0;
}

SEC("uprobe")
int on_malloc(struct pt_regs *ctx)
{
	return size_set(PT_REGS_PARM1(ctx));
}

SEC("uprobe")
int on_calloc(struct pt_regs *ctx)
{
	return size_set(PT_REGS_PARM1(ctx) * PT_REGS_PARM2(ctx));
}

SEC("uprobe")
int on_realloc(struct pt_regs *ctx)
{
	block_forget(PT_REGS_PARM1(ctx));
	return size_set(PT_REGS_PARM2(ctx));
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid(), address = PT_REGS_RC(ctx);
	__u64 *size = bpf_map_lookup_elem(&sizes, &thread);
	struct alloc_info info = {};

	if (!size)
		return 0;
	info.size = *size;
	bpf_map_delete_elem(&sizes, &thread);
	if (!address)
		return 0;
	info.timestamp_ns = bpf_ktime_get_ns();
	info.stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_map_update_elem(&allocs, &address, &info, BPF_ANY);
	sums_add(info.stack, info.size, 1);
	__sync_fetch_and_add(&n_allocations, 1);
	return 0;
}

SEC("uprobe")
int on_free(struct pt_regs *ctx)
{
	return block_forget(PT_REGS_PARM1(ctx));
}

char LICENSE[] SEC("license") = "GPL";
