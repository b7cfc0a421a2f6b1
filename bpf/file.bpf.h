/* SPDX-License-Identifier: GPL-2.0 */
/* What an open file is: its name, or what a socket is connected to. */
#ifndef LT_FILE_BPF_H
#define LT_FILE_BPF_H

#include "maps.bpf.h"

/*
 * What tells an open file from others: its address, which the kernel gives to another one as soon
 * as it is closed, mixed with the number of its inode.
 */
static __always_inline __u64 file_identity(__u64 address)
{
	__u64 ino = BPF_CORE_READ((struct file *)address, f_inode, i_ino);

	return address ^ ino * 0x9e3779b97f4a7c15ull;
}

/*
 * Fills task->fd.file and .name for the file at this address in the kernel, named as a process
 * with FS (struct fs_struct) sees it. Returns the number of bytes of the name.
 */
__u32 file_describe(struct lt_task *task, __u64 file, __u64 fs);

#endif
