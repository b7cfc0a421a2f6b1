/* SPDX-License-Identifier: GPL-2.0 */
/* What an open file is: its name, or what a socket is connected to. */
#ifndef LT_FILE_BPF_H
#define LT_FILE_BPF_H

#include "maps.bpf.h"

/*
 * Fills task->fd.file and .name for the file at this address in the kernel, named as a process
 * with FS (struct fs_struct) sees it. Returns the number of bytes of the name.
 */
__u32 file_describe(struct lt_task *task, __u64 file, __u64 fs);

#endif
