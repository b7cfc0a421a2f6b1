// SPDX-License-Identifier: BSD-2-Clause
/* What can be told of an event only when all of its lines have been read. */
#include "oom/finish.h"

#include <string.h>

#include "oom/fields.h"

/* More victims than these do not prove more. */
enum { PROOFS = 16 };

/* The size of a page, from the one process whose size the log gives in pages and in kB. */
static void page_size_find(struct oom_event *event)
{
	for (size_t i = 0; i < event->victims.n && i < PROOFS; i++) {
		const struct oom_victim *victim = &event->victims.items[i];

		vec_foreach(task, &event->tasks) {
			uint64_t pages = task->total_vm_bytes, bytes = victim->total_vm_bytes;

			if (task->pid != victim->pid || pages == OOM_UNKNOWN || pages == 0 ||
			    bytes == OOM_UNKNOWN || bytes % pages)
				continue;
			for (uint64_t size = 4096; size <= 65536; size *= 2) {
				if (bytes / pages != size)
					continue;
				event->page_bytes = size;
				event->page_size_proven = true;
				return;
			}
		}
	}
}

static void tasks_convert(struct oom_event *event, bool bytes)
{
	vec_foreach(task, &event->tasks) {
		uint64_t *const pages[] = { &task->total_vm_bytes, &task->rss_bytes,
					    &task->anon_bytes,	   &task->file_bytes,
					    &task->shmem_bytes,	   &task->swap_bytes };

		for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
			*pages[i] = field_times(*pages[i], event->page_bytes);
		if (!bytes)
			task->page_table_bytes =
				field_times(task->page_table_bytes, event->page_bytes);
	}
}

/* Whom the kernel has chosen dies, also where the line that says so is not in the log. */
static int victim_assume(struct oom_event *event)
{
	struct oom_victim victim = { .uid = OOM_UNKNOWN,
				     .total_vm_bytes = OOM_UNKNOWN,
				     .anon_bytes = OOM_UNKNOWN,
				     .file_bytes = OOM_UNKNOWN,
				     .shmem_bytes = OOM_UNKNOWN,
				     .page_table_bytes = OOM_UNKNOWN };
	int r;

	if (event->victims.n || event->chosen_pid == OOM_UNKNOWN)
		return 0;
	victim.pid = (uint32_t)event->chosen_pid;
	if (event->chosen_name) {
		r = field_copy(&victim.name, event->chosen_name, strlen(event->chosen_name));
		if (r < 0)
			return r;
	}
	r = vec_push(&event->victims, victim);
	if (r < 0)
		free(victim.name);
	return r;
}

int oom_finish(struct oom_event *event, const struct oom_table *table,
	       const struct oom_counters *counters)
{
	int r = victim_assume(event);

	if (r < 0)
		return r;
	if (event->scope == OOM_SCOPE_UNKNOWN && oom_counters_has_machine(counters))
		event->scope = OOM_SCOPE_SYSTEM;
	page_size_find(event);
	tasks_convert(event, oom_table_has_bytes(table) || !table->n);
	oom_counters_apply(counters, event);
	return 0;
}
