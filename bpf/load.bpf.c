// SPDX-License-Identifier: GPL-2.0
/*
 * The dynamic loader tells debuggers when it has mapped what a program needs, before any of that
 * runs. The probe there lets a program wait until user space has looked at the files, so that no
 * test in it begins unseen. The same program does not wait again. A loader that nobody has seen
 * before has no probe, and a static program has no loader: so whoever calls exec waits as well.
 */
#include "maps.bpf.h"
#include "choice.bpf.h"
#include "hold.bpf.h"
#include "space.bpf.h"

static __always_inline void load_wait(struct lt_space *space, struct lt_load *load, __u64 address)
{
	load->pid = bpf_get_current_pid_tgid() >> 32;
	__sync_fetch_and_or(&space->hold, LT_HOLD_LOAD);
	if (bpf_ringbuf_output(&lt_loads, load, sizeof(*load), 0))
		__sync_fetch_and_and(&space->hold, ~LT_HOLD_LOAD);
	else
		hold_wait(load->space, LT_HOLD_LOAD, address);
}

SEC("uprobe.s")
int lt_loaded(struct pt_regs *ctx)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	struct lt_load load = {};
	struct lt_space *space;
	struct inode *inode;

	load.space = space_current();
	space = load.space ? space_get(load.space) : NULL;
	if (!space || !mm)
		return 0;
	inode = BPF_CORE_READ(mm, exe_file, f_inode);
	load.key.ino = BPF_CORE_READ(inode, i_ino);
	load.key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	load.key.exec_vm = mm->exec_vm;
	if (!bpf_map_lookup_elem(&lt_seen, &load.key))
		load_wait(space, &load, PT_REGS_SP(ctx));
	space->loaded_ns = bpf_ktime_get_ns();
	/* The loader alone has mapped something by then; dlopen() allocates before it. */
	if (space_allocations(space) == 0)
		space->has_mapped = 0;
	return 0;
}

/*
 * What is remembered of the path at ADDRESS: which one it is, and where it begins. 0: it is too
 * long, or not in memory.
 */
static __always_inline __u64 path_key(struct task_struct *task, __u64 address)
{
	__u64 words[LT_PATH_WORDS] = {}, key;
	long n = bpf_probe_read_user_str(words, sizeof(words), (void *)address);

	if (n <= 1 || n == sizeof(words))
		return 0;
	key = (__u64)BPF_CORE_READ(task, fs, root.dentry) +
	      (__u64)BPF_CORE_READ(task, fs, root.mnt);
	if (*(const char *)words != '/')
		key += (__u64)BPF_CORE_READ(task, fs, pwd.dentry);
	for (int i = 0; i < LT_PATH_WORDS; i++) {
		key = (key ^ words[i]) * 0x9e3779b97f4a7c15;
		key ^= key >> 32;
	}
	return key;
}

/* execve(): what cannot wait here is probed late, which user space counts. */
SEC("uprobe.s")
int lt_exec_begins(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_load load = {};
	__u8 waits = 1;

	if (!lt_holds_answered || (!space_current() && !task_is_candidate(task)))
		return 0;
	load.path = PT_REGS_PARM1(ctx);
	load.key.ino = path_key(task, load.path);
	if (load.key.ino && bpf_map_lookup_elem(&lt_seen, &load.key))
		return 0;
	load.pid = bpf_get_current_pid_tgid() >> 32;
	load.tid = (__u32)bpf_get_current_pid_tgid();
	if (bpf_map_update_elem(&lt_starts, &load.tid, &waits, BPF_ANY))
		return 0;
	if (!bpf_ringbuf_output(&lt_loads, &load, sizeof(load), 0))
		hold_start(load.tid, load.path);
	bpf_map_delete_elem(&lt_starts, &load.tid);
	return 0;
}
