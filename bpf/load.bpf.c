// SPDX-License-Identifier: GPL-2.0
/*
 * The dynamic loader tells debuggers when it has mapped what a program needs, before any of that
 * runs. The probe there lets a program wait until user space has looked at the files, so that no
 * test in it begins unseen. The same program does not wait again.
 */
#include "maps.bpf.h"
#include "hold.bpf.h"
#include "space.bpf.h"

static __always_inline void load_wait(struct lt_space *space, struct lt_load *load, __u64 address)
{
	load->pid = bpf_get_current_pid_tgid() >> 32;
	space->hold = LT_HOLD_LOAD;
	if (bpf_ringbuf_output(&lt_loads, load, sizeof(*load), 0))
		space->hold = LT_HOLD_NONE;
	else
		hold_wait(load->space, address);
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
