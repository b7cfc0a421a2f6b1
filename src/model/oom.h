/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel log says about the OOM killer: one event per kill, with what the kernel printed
 * about memory and processes, and what follows from it. Filled by oom/, read by report/. It knows
 * nothing of logs and formats.
 */
#ifndef LT_MODEL_OOM_H
#define LT_MODEL_OOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* A number that the log does not have. */
#define OOM_UNKNOWN UINT64_MAX

/* How many processes a report shows. */
#define OOM_BIGGEST 10

/* What ran out. */
enum oom_scope {
	OOM_SCOPE_UNKNOWN,
	OOM_SCOPE_SYSTEM, /* the whole machine */
	OOM_SCOPE_CGROUP, /* a memory cgroup: a container, a service, a session */
	OOM_SCOPE_CPUSET, /* the NUMA nodes of a cpuset */
	OOM_SCOPE_POLICY, /* the NUMA nodes of a memory policy: numactl, mbind */
};

/* Where memory is; in the order of a report. */
enum oom_kind {
	OOM_ANON,	 /* heaps and stacks: belongs to processes and cannot be dropped */
	OOM_FILE,	 /* page cache, without shmem */
	OOM_SHMEM,	 /* tmpfs, shared memory, memfd: no process need hold it */
	OOM_UNEVICTABLE, /* locked or without backing: mlock, ramfs */
	OOM_SLAB_RECLAIMABLE,
	OOM_SLAB_UNRECLAIMABLE,
	OOM_PAGE_TABLES,
	OOM_KERNEL_STACKS,
	OOM_KERNEL_OTHER, /* what a cgroup's kernel memory has besides */
	OOM_SWAP,	  /* used swap space */
	OOM_FREE,
	_OOM_KIND_MAX,
};

/* Limits of a memory cgroup, each with its own counter. */
enum oom_counter {
	OOM_COUNTER_MEMORY,
	OOM_COUNTER_MEMORY_SWAP, /* cgroup v1: memory and swap together */
	OOM_COUNTER_SWAP,	 /* cgroup v2: swap alone */
	OOM_COUNTER_KERNEL,	 /* cgroup v1: kernel memory */
	_OOM_COUNTER_MAX,
};

struct oom_limit {
	uint64_t used_bytes;
	uint64_t limit_bytes; /* OOM_UNKNOWN: none is set, or not in the log */
	uint64_t n_refused;
};

/* A line of the kernel's table of processes. */
struct oom_task {
	uint32_t pid;
	uint32_t uid;
	char *name;
	uint64_t total_vm_bytes;
	uint64_t rss_bytes;
	uint64_t anon_bytes; /* this and the next two only from 6.8 on */
	uint64_t file_bytes;
	uint64_t shmem_bytes;
	uint64_t page_table_bytes;
	uint64_t swap_bytes;
	int score_adj;
	int64_t badness; /* pages, see oom_judge() */
};

struct oom_victim {
	uint32_t pid;
	char *name;
	uint64_t uid;
	uint64_t total_vm_bytes;
	uint64_t anon_bytes;
	uint64_t file_bytes;
	uint64_t shmem_bytes;
	uint64_t page_table_bytes;
	bool has_score_adj;
	int score_adj;
};

enum oom_cause {
	OOM_CAUSE_UNKNOWN,    /* the log has too little */
	OOM_CAUSE_VICTIM,     /* it held most of what there was */
	OOM_CAUSE_ALIKE,      /* many processes of one name, of which it was one */
	OOM_CAUSE_OTHER,      /* another process held more */
	OOM_CAUSE_OTHERS,     /* other processes of one name held more */
	OOM_CAUSE_SPREAD,     /* nobody stands out */
	OOM_CAUSE_SHMEM,      /* files in memory */
	OOM_CAUSE_KERNEL,     /* memory of the kernel itself */
	OOM_CAUSE_CACHE,      /* page cache that could not be written back in time */
	OOM_CAUSE_HIDDEN,     /* memory that no counter of the log has */
	OOM_CAUSE_CONTIGUOUS, /* there was memory, but not in one piece */
	OOM_CAUSE_ZONE,	      /* there was memory, but not where it had to be */
	OOM_CAUSE_MANUAL,     /* somebody asked for it: SysRq f */
	_OOM_CAUSE_MAX,
};

struct oom_event {
	char *time;   /* as the log writes it, NULL: it does not */
	char *kernel; /* "6.1.0-26-amd64" */
	/* Whose request could not be met. */
	char *invoker;
	uint64_t invoker_pid;
	bool has_order;
	int order; /* log2 of the pages asked for in one piece; -1: SysRq */
	char *gfp; /* the kernel's words for the kind of request */

	enum oom_scope scope;
	char *cgroup;	     /* whose limit was hit */
	char *victim_cgroup; /* where the victim was */
	char *cpuset;
	char *nodes; /* NUMA nodes that were allowed: "0-1" */
	struct oom_limit limits[_OOM_COUNTER_MAX];
	uint64_t memory[_OOM_KIND_MAX]; /* of the cgroup, or of the machine */
	uint64_t total_bytes;		/* memory of the machine */
	uint64_t swap_total_bytes;
	uint64_t watermark_bytes; /* what the kernel keeps free, over all zones */
	uint64_t page_bytes;
	VEC(struct oom_task) tasks; /* biggest first once judged */
	VEC(struct oom_victim) victims;
	uint64_t chosen_pid;   /* whom the kernel meant to kill */
	char *chosen_name;     /* old kernels may kill a child instead */
	bool takes_requester;  /* vm.oom_kill_allocating_task */
	bool whole_group;      /* memory.oom.group: all of the cgroup */
	bool nobody;	       /* no process could be killed */
	bool panicked;	       /* the kernel stopped instead */
	bool has_head;	       /* "invoked oom-killer" */
	bool has_table;	       /* the line above the table of processes */
	uint32_t n_cut_tasks;  /* lines of it that are damaged */
	bool page_size_proven; /* the log itself tells page_bytes */

	/* What follows; see oom_judge(). */
	enum oom_cause cause;
	uint64_t held_bytes; /* by the victim: memory that could not be dropped, and swap */
	char *answer;	     /* was the victim the cause? One sentence. */
	char *reason;	     /* why the kernel took this one */
	VEC(char *) advice;
	VEC(char *) missing; /* what the log does not have and why */
};

/* Other endings that the log tells of. */
struct oom_hint {
	const char *text; /* one sentence */
	char *line;	  /* the last such line of the log */
	uint64_t n;	  /* lines of this kind */
	bool is_oom_kill; /* it says that the OOM killer killed, without the kernel's own words */
};

struct oom_log {
	VEC(struct oom_event) events;
	VEC(struct oom_hint) hints;
	uint64_t n_lines;
	char *first_time; /* of the first line that has one */
	char *last_time;
	bool starts_late; /* its first line is not the first one since the start of the machine */
};

void oom_event_init(struct oom_event *event);
void oom_event_done(struct oom_event *event);
void oom_log_done(struct oom_log *log);

/*
 * Works out badness, cause, reason, advice and what is missing, for each event. 0 or -ENOMEM.
 */
int oom_judge(struct oom_log *log) _must_check_;

/* The limit that was hit; NULL: not in the log. */
const struct oom_limit *oom_limit_hit(const struct oom_event *event, enum oom_counter *ret_which);

/*
 * What the event's scope has in all: the limit of the cgroup, or the machine's memory, or the sum
 * of its parts.
 */
uint64_t oom_capacity(const struct oom_event *event);

/* Used swap space of the event's scope, 0 if it is not known. */
uint64_t oom_swap_used(const struct oom_event *event);

/* What a task holds of memory and swap, as the kernel counts it for its choice. */
uint64_t oom_task_bytes(const struct oom_task *task);

/* How many processes were killed, over all events. */
size_t oom_n_victims(const struct oom_log *log);

const char *oom_scope_name(enum oom_scope scope);	/* "system", "cgroup" ... */
const char *oom_cause_name(enum oom_cause cause);	/* "victim" ... */
const char *oom_kind_name(enum oom_kind kind);		/* "anon", "page_tables" ... */
const char *oom_counter_name(enum oom_counter counter); /* "memory" ... */

#endif
