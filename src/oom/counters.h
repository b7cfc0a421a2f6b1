/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's counters in an OOM report: "active_anon:11 ..." of the machine, "anon 4096" or
 * "cache:4KB rss:0KB" of a cgroup, in any version. They are collected as they come and made into
 * kinds of memory at the end.
 */
#ifndef LT_OOM_COUNTERS_H
#define LT_OOM_COUNTERS_H

#include "model/oom.h"

enum { OOM_COUNTERS_MAX = 40 };

struct oom_counters {
	/* By the place of their name in the tables of counters.c; OOM_UNKNOWN: not seen. */
	uint64_t pages[OOM_COUNTERS_MAX]; /* of the machine, in pages */
	uint64_t bytes[OOM_COUNTERS_MAX]; /* of the cgroup */
	uint64_t ram_pages;
	uint64_t reserved_pages;
	uint64_t watermark_bytes;
	uint64_t stack_bytes; /* of the kernel, over all nodes or zones */
	uint64_t swap_free_bytes;
};

void oom_counters_init(struct oom_counters *counters);

/* A line of "Mem-Info:". */
void oom_counters_machine(struct oom_counters *counters, const char *text);

/* A line below "Memory cgroup stats for"; returns whether it is one. */
bool oom_counters_cgroup(struct oom_counters *counters, const char *text);

/* Has a line of "Mem-Info:" been seen? */
bool oom_counters_has_machine(const struct oom_counters *counters);

/* Sets the memory of the event, whose page size and limits are known by now. */
void oom_counters_apply(const struct oom_counters *counters, struct oom_event *event);

#endif
