/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whole tables of descriptors, at the moments when one is copied, changes hands or ends: what is
 * in the process's own table is compared with what was recorded.
 */
#ifndef LT_FD_TABLE_BPF_H
#define LT_FD_TABLE_BPF_H

#include "maps.bpf.h"

/* close_range() has been called: what is closed of FIRST to LAST is forgotten. */
int fd_table_closed(__u32 table, __u32 first, __u32 last);

/* What is open in the table at FILES (struct files_struct) came from elsewhere. */
int fd_table_inherit(__u64 files, __u32 table, __u32 space);

/* The running process has called exec: what that left open goes on in the new space. */
int fd_table_exec(__u32 table, __u32 space);

/* The running process leaves the table to another: what it opened goes on in that one's space. */
int fd_table_leave(__u32 table, __u32 old_space, __u32 space);

/* The running process ends: user space is told of what is open, if the space is its own. */
int fd_table_end(__u32 table, __u32 space);

#endif
