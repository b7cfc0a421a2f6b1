/* SPDX-License-Identifier: GPL-2.0 */
/* The space of the running process, and its counters. */
#ifndef LT_SPACE_BPF_H
#define LT_SPACE_BPF_H

#include "maps.bpf.h"

static __always_inline struct lt_space *space_get(__u32 space)
{
	__u32 key = space & (LT_MAX_SPACES - 1);

	return bpf_map_lookup_elem(&lt_spaces, &key);
}

static __always_inline struct lt_counts *space_counts(struct lt_space *space)
{
	return &space->counts[bpf_get_smp_processor_id() & (LT_SHARDS - 1)];
}

/* The running process, NULL if nothing is known of it. */
static __always_inline struct lt_proc *proc_current(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&lt_procs, &tgid);
}

/* The space of the running process, 0 if it is not traced. */
static __always_inline __u32 space_current(void)
{
	struct lt_proc *proc = proc_current();

	return proc ? proc->space : 0;
}

#endif
