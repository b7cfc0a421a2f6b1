// SPDX-License-Identifier: BSD-2-Clause
/* Lifetimes and names of what a kernel log says about the OOM killer. */
#include "model/oom.h"

#include <string.h>

void oom_event_init(struct oom_event *event)
{
	memset(event, 0, sizeof(*event));
	event->invoker_pid = event->chosen_pid = OOM_UNKNOWN;
	event->total_bytes = event->swap_total_bytes = event->watermark_bytes = OOM_UNKNOWN;
	event->held_bytes = OOM_UNKNOWN;
	for (int i = 0; i < _OOM_COUNTER_MAX; i++)
		event->limits[i] = (struct oom_limit){ OOM_UNKNOWN, OOM_UNKNOWN, OOM_UNKNOWN };
	for (int i = 0; i < _OOM_KIND_MAX; i++)
		event->memory[i] = OOM_UNKNOWN;
	event->page_bytes = 4096;
}

static void texts_done(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
}

void oom_event_done(struct oom_event *event)
{
	char *texts[] = { event->time,	 event->kernel,	       event->invoker,	  event->gfp,
			  event->cgroup, event->victim_cgroup, event->cpuset,	  event->nodes,
			  event->answer, event->reason,	       event->chosen_name };

	texts_done(texts, sizeof(texts) / sizeof(texts[0]));
	vec_foreach(task, &event->tasks)
		free(task->name);
	vec_foreach(victim, &event->victims)
		free(victim->name);
	texts_done(event->advice.items, event->advice.n);
	texts_done(event->missing.items, event->missing.n);
	vec_done(&event->tasks);
	vec_done(&event->victims);
	vec_done(&event->advice);
	vec_done(&event->missing);
}

void oom_log_done(struct oom_log *log)
{
	vec_foreach(event, &log->events)
		oom_event_done(event);
	vec_foreach(hint, &log->hints)
		free(hint->line);
	vec_done(&log->events);
	vec_done(&log->hints);
	free(log->first_time);
	free(log->last_time);
	log->first_time = log->last_time = NULL;
}

const struct oom_limit *oom_limit_hit(const struct oom_event *event, enum oom_counter *ret_which)
{
	const struct oom_limit *hit = NULL;
	double fullest = 0;

	/* The one that is fullest: by the time the kernel prints them, some may have been freed. */
	for (int i = 0; i < _OOM_COUNTER_MAX; i++) {
		const struct oom_limit *limit = &event->limits[i];
		double full;

		if (limit->limit_bytes == OOM_UNKNOWN || limit->used_bytes == OOM_UNKNOWN)
			continue;
		/* Swap that is full is no reason to kill as long as memory is not. */
		if (i == OOM_COUNTER_SWAP)
			continue;
		full = limit->limit_bytes ? (double)limit->used_bytes / (double)limit->limit_bytes :
					    1;
		if (hit && full <= fullest)
			continue;
		hit = limit;
		fullest = full;
		if (ret_which)
			*ret_which = (enum oom_counter)i;
	}
	return hit;
}

static uint64_t memory_sum(const struct oom_event *event)
{
	uint64_t sum = 0;

	for (int i = 0; i < _OOM_KIND_MAX; i++) {
		if (i != OOM_SWAP && event->memory[i] != OOM_UNKNOWN)
			sum += event->memory[i];
	}
	return sum;
}

uint64_t oom_swap_used(const struct oom_event *event)
{
	uint64_t known = event->memory[OOM_SWAP], sum = 0;

	vec_foreach(task, &event->tasks) {
		if (task->swap_bytes != OOM_UNKNOWN && sum < 1ull << 62)
			sum += task->swap_bytes;
	}
	return known != OOM_UNKNOWN && known > sum ? known : sum;
}

uint64_t oom_capacity(const struct oom_event *event)
{
	const struct oom_limit *limit;

	if (event->scope != OOM_SCOPE_CGROUP && event->total_bytes != OOM_UNKNOWN)
		return event->total_bytes;
	if (event->scope == OOM_SCOPE_SYSTEM && event->memory[OOM_FREE] != OOM_UNKNOWN)
		return memory_sum(event);
	if (event->scope != OOM_SCOPE_CGROUP)
		return OOM_UNKNOWN;
	limit = oom_limit_hit(event, NULL);
	return limit ? limit->limit_bytes : OOM_UNKNOWN;
}

uint64_t oom_task_bytes(const struct oom_task *task)
{
	uint64_t parts[] = { task->rss_bytes, task->swap_bytes, task->page_table_bytes };
	uint64_t bytes = 0;

	for (int i = 0; i < 3; i++)
		bytes += parts[i] == OOM_UNKNOWN ? 0 : parts[i];
	return bytes;
}

size_t oom_n_victims(const struct oom_log *log)
{
	size_t n = 0;

	vec_foreach(event, &log->events)
		n += event->victims.n;
	return n;
}

const char *oom_scope_name(enum oom_scope scope)
{
	static const char *const names[] = {
		[OOM_SCOPE_UNKNOWN] = "unknown",      [OOM_SCOPE_SYSTEM] = "system",
		[OOM_SCOPE_CGROUP] = "cgroup",	      [OOM_SCOPE_CPUSET] = "cpuset",
		[OOM_SCOPE_POLICY] = "memory-policy",
	};

	return names[scope];
}

const char *oom_cause_name(enum oom_cause cause)
{
	static const char *const names[_OOM_CAUSE_MAX] = {
		[OOM_CAUSE_UNKNOWN] = "unknown",
		[OOM_CAUSE_VICTIM] = "victim",
		[OOM_CAUSE_ALIKE] = "processes-like-the-victim",
		[OOM_CAUSE_OTHER] = "another-process",
		[OOM_CAUSE_OTHERS] = "other-processes",
		[OOM_CAUSE_SPREAD] = "many-processes",
		[OOM_CAUSE_SHMEM] = "shared-memory",
		[OOM_CAUSE_KERNEL] = "kernel-memory",
		[OOM_CAUSE_CACHE] = "page-cache",
		[OOM_CAUSE_HIDDEN] = "not-in-the-log",
		[OOM_CAUSE_CONTIGUOUS] = "fragmentation",
		[OOM_CAUSE_ZONE] = "zone",
		[OOM_CAUSE_MANUAL] = "manual",
	};

	return names[cause];
}

const char *oom_kind_name(enum oom_kind kind)
{
	static const char *const names[_OOM_KIND_MAX] = {
		[OOM_ANON] = "anon",
		[OOM_FILE] = "file",
		[OOM_SHMEM] = "shmem",
		[OOM_UNEVICTABLE] = "unevictable",
		[OOM_SLAB_RECLAIMABLE] = "slab_reclaimable",
		[OOM_SLAB_UNRECLAIMABLE] = "slab_unreclaimable",
		[OOM_PAGE_TABLES] = "page_tables",
		[OOM_KERNEL_STACKS] = "kernel_stacks",
		[OOM_KERNEL_OTHER] = "kernel_other",
		[OOM_SWAP] = "swap",
		[OOM_FREE] = "free",
	};

	return names[kind];
}

const char *oom_counter_name(enum oom_counter counter)
{
	static const char *const names[_OOM_COUNTER_MAX] = {
		[OOM_COUNTER_MEMORY] = "memory",
		[OOM_COUNTER_MEMORY_SWAP] = "memory_and_swap",
		[OOM_COUNTER_SWAP] = "swap",
		[OOM_COUNTER_KERNEL] = "kernel_memory",
	};

	return names[counter];
}
