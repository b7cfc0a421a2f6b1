/* SPDX-License-Identifier: (GPL-2.0 OR BSD-2-Clause) */
/*
 * The contract of the flight recorder ("leaktrace oom"): what bpf/recorder/ sends and src/collect/
 * reads. It shares stack copies, and nothing else, with abi.h.
 */
#ifndef LEAKTRACE_RECORDER_ABI_H
#define LEAKTRACE_RECORDER_ABI_H

#include "leaktrace/abi.h"

#define LT_REC_STACK_BYTES 16384
#define LT_REC_RAWS_BYTES  (4u << 20)
#define LT_REC_RING_BYTES  (256u << 10)
#define LT_REC_MAX_PROCS   32768
/* A process that grows by so many pages (8 MiB) has a sample, whatever the period. */
#define LT_REC_GROWTH_PAGES 2048
#define LT_REC_COMM	    16 /* TASK_COMM_LEN */
#define LT_REC_ARGS	    512
/* The variable that is looked for in the environment of a process that dies, as it is by then. */
#define LT_REC_VARIABLE_NAME  "PYTEST_CURRENT_TEST"
#define LT_REC_VARIABLE_BYTES 20 /* of its name and "=" */
#define LT_REC_VALUE	      1024
#define LT_REC_MAX_VARIABLES  512 /* that are looked at */
#define LT_REC_MAX_ENVIRONS   1024

enum lt_rec_type {
	LT_REC_GROWTH = 1, /* struct lt_rec_sample: one page fault of many */
	LT_REC_REFUSED,	   /* struct lt_rec_sample: mmap or brk had no memory to give */
	LT_REC_LAST,	   /* struct lt_rec_sample: what a killed process was doing */
	LT_REC_KILL,	   /* struct lt_rec_kill: somebody sent SIGKILL */
	LT_REC_VICTIM,	   /* struct lt_rec_victim: the OOM killer did */
	LT_REC_EXIT,	   /* struct lt_rec_exit: a process that had samples has ended */
	LT_REC_VARIABLE,   /* struct lt_rec_variable: of a process that is being killed */
};

struct lt_rec_event {
	__u32 type;
	__u32 pid;     /* of the process */
	__u64 time_ns; /* CLOCK_MONOTONIC */
};

/* Pages that are in memory. */
struct lt_rec_pages {
	__u64 anon;
	__u64 file;
	__u64 shmem;
};

#define LT_REC_BASE_UNKNOWN (~0ull)

/* Value of rec_procs, by tgid: a process that began under our eyes, had a sample, or is wanted. */
struct lt_rec_proc {
	__u64 base_pages;
	__u64 sampled_pages; /* what it had at its last sample, or less since then */
	__u32 wanted;	     /* the user asked for it */
	__u32 sampled;	     /* user space knows it */
	__u32 dying;	     /* 1: SIGKILL is on its way; 2: its last stack has been sent */
	__u32 own; /* 1: the recorder itself; 2: started by it. Neither sampled nor reported */
};

struct lt_rec_sample {
	struct lt_rec_event event;
	__u64 image;	  /* how often it has executed another program, by the kernel's count */
	__u64 base_pages; /* that it had from its parent, LT_REC_BASE_UNKNOWN: older than us */
	__u64 asked;	  /* REFUSED: bytes */
	struct lt_rec_pages pages;
	char comm[LT_REC_COMM];
	struct lt_event_raw raw; /* as much of the stack as there is room for follows */
};

struct lt_rec_kill {
	struct lt_rec_event event;
	__u32 sender; /* pid; of whoever asked for memory when it is the OOM killer */
	__u32 by_kernel;
	struct lt_rec_pages pages;
	char comm[LT_REC_COMM];
	char sender_comm[LT_REC_COMM];
	__u32 args_bytes; /* of the sender's argv; no more than LT_REC_ARGS of them follow */
	__u32 padding;
	char sender_args[LT_REC_ARGS];
};

/* Sizes as the kernel's log has them, in kB; from Linux 6.9 on. */
struct lt_rec_victim {
	struct lt_rec_event event;
	__u64 total_vm;
	__u64 anon;
	__u64 file;
	__u64 shmem;
	__u64 page_tables;
	__u32 uid;
	__s32 score_adj;
	__u32 has_sizes;
	__u32 padding;
};

struct lt_rec_exit {
	struct lt_rec_event event;
	__s32 status; /* as wait(2) gives it */
	__u32 padding;
};

struct lt_rec_variable {
	struct lt_rec_event event;
	char value[LT_REC_VALUE]; /* with its NUL */
};

/* What could not be recorded, since the start. */
struct lt_rec_losses {
	__u64 samples;	 /* of refused requests and last moments: the ring was full */
	__u64 kills;	 /* likewise: the report of a kill is missing */
	__u64 processes; /* more than LT_REC_MAX_PROCS at once */
};

#endif
