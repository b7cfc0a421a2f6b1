/* SPDX-License-Identifier: GPL-2.0 */
/* Maps of the flight recorder, and what user space sets. To be included by its programs alone. */
#ifndef LT_RECORDER_STATE_BPF_H
#define LT_RECORDER_STATE_BPF_H

#include "kernel.bpf.h"
#include "leaktrace/recorder_abi.h"

/*
 * tgid -> what is known of it. Made at fork, exec or the first sample, deleted at the exit of the
 * process. Full: its growth has no beginning, losses.processes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LT_REC_MAX_PROCS);
	__type(key, __u32);
	__type(value, struct lt_rec_proc);
} rec_procs SEC(".maps");

/* What a page fault looks at first: most need nothing else. */
struct fault_state {
	__u64 n;     /* since the last sample of this CPU */
	__u64 mm;    /* whose fault was the last, 0: look it up */
	__u64 limit; /* at so many pages it has grown by enough for a sample */
};

/* One for each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct fault_state);
} rec_faults SEC(".maps");

/* Kills and ends of processes. Full: losses.kills. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_REC_RING_BYTES);
} rec_events SEC(".maps");

/* Samples with their stacks, a ring of its own so that they delay no kill. Full: losses.samples. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, LT_REC_RAWS_BYTES);
} rec_raws SEC(".maps");

/*
 * tgid -> where the C library of the process keeps its environment, written by user space for those
 * that may run tests of Python. Read when it is killed; deleted at its exec and exit. Full: user
 * space does not know then which test it ran, and says so.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LT_REC_MAX_ENVIRONS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} rec_environs SEC(".maps");

const volatile bool rec_chosen_only = false; /* processes that are not wanted have no samples */
const volatile char rec_comm[LT_REC_COMM];   /* wanted by name; "": by pid alone */
volatile __u32 rec_period = 64;		     /* one fault of so many; set by user space */
volatile struct lt_rec_losses rec_losses;

#endif
