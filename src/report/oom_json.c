// SPDX-License-Identifier: BSD-2-Clause
/* "leaktrace oom --explain --json": docs/OOM.md describes every member. */
#include "report/json_oom.h"
#include "report/oom.h"
#include "version.h"

static json_t *json_limits(const struct oom_event *event)
{
	json_t *object = json_object();
	int bad = 0;

	for (int i = 0; i < _OOM_COUNTER_MAX; i++) {
		const struct oom_limit *limit = &event->limits[i];
		json_t *item = json_object();

		bad |= json_object_set_new(item, "used_bytes", json_oom_number(limit->used_bytes));
		bad |= json_object_set_new(item, "limit_bytes",
					   json_oom_number(limit->limit_bytes));
		bad |= json_object_set_new(item, "refused", json_oom_number(limit->n_refused));
		bad |= json_object_set_new(object, oom_counter_name((enum oom_counter)i), item);
	}
	return json_checked(object, bad);
}

static json_t *json_memory(const struct oom_event *event)
{
	json_t *object = json_object();
	int bad = 0;

	for (int i = 0; i < _OOM_KIND_MAX; i++)
		bad |= json_object_set_new(object, oom_kind_name((enum oom_kind)i),
					   json_oom_number(event->memory[i]));
	return json_checked(object, bad);
}

static json_t *json_victim(const struct oom_victim *victim)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "pid", json_u64(victim->pid));
	bad |= json_object_set_new(object, "name", json_text(victim->name));
	bad |= json_object_set_new(object, "uid", json_oom_number(victim->uid));
	bad |= json_object_set_new(object, "total_vm_bytes",
				   json_oom_number(victim->total_vm_bytes));
	bad |= json_oom_set_victim(object, victim);
	return json_checked(object, bad);
}

static json_t *json_task(const struct oom_task *task)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "pid", json_u64(task->pid));
	bad |= json_object_set_new(object, "name", json_text(task->name));
	bad |= json_object_set_new(object, "uid", json_u64(task->uid));
	bad |= json_object_set_new(object, "total_vm_bytes", json_oom_number(task->total_vm_bytes));
	bad |= json_object_set_new(object, "rss_bytes", json_oom_number(task->rss_bytes));
	bad |= json_object_set_new(object, "anon_bytes", json_oom_number(task->anon_bytes));
	bad |= json_object_set_new(object, "file_bytes", json_oom_number(task->file_bytes));
	bad |= json_object_set_new(object, "shmem_bytes", json_oom_number(task->shmem_bytes));
	bad |= json_object_set_new(object, "page_table_bytes",
				   json_oom_number(task->page_table_bytes));
	bad |= json_object_set_new(object, "swap_bytes", json_oom_number(task->swap_bytes));
	bad |= json_object_set_new(object, "oom_score_adj", json_integer(task->score_adj));
	bad |= json_object_set_new(object, "badness_pages", json_integer(task->badness));
	return json_checked(object, bad);
}

static json_t *json_texts(char *const *texts, size_t n)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= json_array_append_new(array, json_text(texts[i]));
	return json_checked(array, bad);
}

static int event_arrays(json_t *object, const struct oom_event *event)
{
	json_t *victims = json_array(), *tasks = json_array();
	int bad = 0;

	vec_foreach(victim, &event->victims)
		bad |= json_array_append_new(victims, json_victim(victim));
	vec_foreach(task, &event->tasks)
		bad |= json_array_append_new(tasks, json_task(task));
	bad |= json_object_set_new(object, "victims", victims);
	bad |= json_object_set_new(object, "processes", tasks);
	bad |= json_object_set_new(object, "next_steps",
				   json_texts(event->advice.items, event->advice.n));
	bad |= json_object_set_new(object, "missing",
				   json_texts(event->missing.items, event->missing.n));
	return bad;
}

static json_t *json_event(const struct oom_event *event)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "time", json_text(event->time));
	bad |= json_object_set_new(object, "kernel", json_text(event->kernel));
	bad |= json_object_set_new(object, "scope", json_text(oom_scope_name(event->scope)));
	bad |= json_object_set_new(object, "cgroup", json_text(event->cgroup));
	bad |= json_object_set_new(object, "victim_cgroup", json_text(event->victim_cgroup));
	bad |= json_object_set_new(object, "cpuset", json_text(event->cpuset));
	bad |= json_object_set_new(object, "nodes", json_text(event->nodes));
	bad |= json_object_set_new(object, "requester", json_text(event->invoker));
	bad |= json_object_set_new(object, "requester_pid", json_oom_number(event->invoker_pid));
	bad |= json_object_set_new(object, "request", json_text(event->gfp));
	bad |= json_object_set_new(object, "order",
				   event->has_order ? json_integer(event->order) : json_null());
	bad |= json_object_set_new(object, "limits", json_limits(event));
	bad |= json_object_set_new(object, "memory", json_memory(event));
	bad |= json_object_set_new(object, "total_bytes", json_oom_number(event->total_bytes));
	bad |= json_object_set_new(object, "swap_total_bytes",
				   json_oom_number(event->swap_total_bytes));
	bad |= json_object_set_new(object, "watermark_bytes",
				   json_oom_number(event->watermark_bytes));
	bad |= json_object_set_new(object, "page_bytes",
				   json_u64_or_null(event->page_bytes, event->page_size_proven));
	bad |= json_object_set_new(object, "whole_group", json_boolean(event->whole_group));
	bad |= json_object_set_new(object, "panic", json_boolean(event->panicked));
	bad |= json_object_set_new(object, "cause", json_text(oom_cause_name(event->cause)));
	bad |= json_object_set_new(object, "held_bytes", json_oom_number(event->held_bytes));
	bad |= json_object_set_new(object, "victim_was_the_cause", json_text(event->answer));
	bad |= json_object_set_new(object, "why_this_one", json_text(event->reason));
	bad |= event_arrays(object, event);
	return json_checked(object, bad);
}

static json_t *json_hint(const struct oom_hint *hint)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "meaning", json_text(hint->text));
	bad |= json_object_set_new(object, "lines", json_u64(hint->n));
	bad |= json_object_set_new(object, "last_line", json_text(hint->line));
	bad |= json_object_set_new(object, "is_oom_kill", json_boolean(hint->is_oom_kill));
	return json_checked(object, bad);
}

static json_t *json_log(const struct oom_log *log, const char *name)
{
	json_t *object = json_object(), *events = json_array(), *hints = json_array();
	int bad = 0;

	vec_foreach(event, &log->events)
		bad |= json_array_append_new(events, json_event(event));
	vec_foreach(hint, &log->hints)
		bad |= json_array_append_new(hints, json_hint(hint));
	bad |= json_object_set_new(object, "schema", json_string("leaktrace/1"));
	bad |= json_object_set_new(object, "leaktrace", json_string(LEAKTRACE_VERSION));
	bad |= json_object_set_new(object, "mode", json_string("oom"));
	bad |= json_object_set_new(object, "log", json_text(name));
	bad |= json_object_set_new(object, "lines", json_u64(log->n_lines));
	bad |= json_object_set_new(object, "first_time", json_text(log->first_time));
	bad |= json_object_set_new(object, "last_time", json_text(log->last_time));
	bad |= json_object_set_new(object, "starts_late", json_boolean(log->starts_late));
	bad |= json_object_set_new(object, "oom_kills", json_u64(oom_n_victims(log)));
	bad |= json_object_set_new(object, "events", events);
	bad |= json_object_set_new(object, "hints", hints);
	return json_checked(object, bad);
}

int report_oom_json(const struct oom_log *log, const char *name, FILE *to)
{
	return json_write_whole(json_log(log, name), to);
}
