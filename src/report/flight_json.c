// SPDX-License-Identifier: BSD-2-Clause
/* A report of the flight recorder as JSON: docs/OOM.md describes every member. */
#include "report/flight.h"
#include "report/json_oom.h"
#include "report/json_stack.h"
#include "version.h"

static json_t *json_vitals(const struct flight_report *report, const struct flight_vitals *vitals)
{
	uint64_t age = report->time_ns > vitals->time_ns ? report->time_ns - vitals->time_ns : 0;
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "before_ns", json_u64(age));
	bad |= json_object_set_new(object, "anon_bytes", json_oom_number(vitals->anon_bytes));
	bad |= json_object_set_new(object, "file_bytes", json_oom_number(vitals->file_bytes));
	bad |= json_object_set_new(object, "shmem_bytes", json_oom_number(vitals->shmem_bytes));
	bad |= json_object_set_new(object, "swap_bytes", json_oom_number(vitals->swap_bytes));
	bad |= json_object_set_new(object, "threads", json_oom_number(vitals->n_threads));
	bad |= json_object_set_new(object, "fds", json_oom_number(vitals->n_fds));
	bad |= json_object_set_new(object, "cgroup_bytes", json_oom_number(vitals->cgroup_bytes));
	bad |= json_object_set_new(object, "pressure_permille",
				   json_oom_number(vitals->pressure_permille));
	bad |= json_object_set_new(object, "system_pressure_permille",
				   json_oom_number(vitals->system_pressure_permille));
	bad |= json_object_set_new(object, "available_bytes",
				   json_oom_number(vitals->available_bytes));
	return json_checked(object, bad);
}

static json_t *json_site(const struct flight_view *view, const struct flight_site *site)
{
	const struct stack *stack = stacks_get(view->result->stacks, site->stack);
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "bytes", json_u64(site->bytes));
	bad |= json_object_set_new(object, "samples", json_u64(site->n_samples));
	bad |= json_object_set_new(object, "stack", json_stack(view->result, stack));
	return json_checked(object, bad);
}

static json_t *json_others(const struct flight_report *report)
{
	json_t *array = json_array();
	int bad = 0;

	vec_foreach(other, &report->others) {
		json_t *object = json_object();

		bad |= json_object_set_new(object, "pid", json_integer(other->pid));
		bad |= json_object_set_new(object, "name", json_text(other->name));
		bad |= json_object_set_new(object, "test", json_text(other->test));
		bad |= json_object_set_new(object, "bytes", json_oom_number(other->bytes));
		bad |= json_array_append_new(array, object);
	}
	return json_checked(array, bad);
}

/* What is known of the process because it was sampled. */
static int set_process(json_t *object, const struct flight_view *view)
{
	const struct flight_process *process = view->report->process;
	json_t *history = json_array(), *sites = json_array(), *refused = json_array();
	int bad = 0;

	for (uint32_t i = 0; process && flight_process_vitals(process, i); i++)
		bad |= json_array_append_new(
			history, json_vitals(view->report, flight_process_vitals(process, i)));
	for (size_t i = 0; process && i < process->sites.n; i++)
		bad |= json_array_append_new(sites, json_site(view, &process->sites.items[i]));
	for (size_t i = 0; process && i < process->refused.n; i++)
		bad |= json_array_append_new(refused, json_site(view, &process->refused.items[i]));
	bad |= json_object_set_new(object, "command", json_strv(process ? process->command : NULL));
	bad |= json_object_set_new(object, "exe", json_text(process ? process->exe : NULL));
	bad |= json_object_set_new(object, "history", history);
	bad |= json_object_set_new(object, "sites", sites);
	bad |= json_object_set_new(object, "refused", refused);
	bad |= json_object_set_new(object, "samples", json_u64(process ? process->n_samples : 0));
	bad |= json_object_set_new(object, "sampled_bytes",
				   json_oom_number(process ? process->last_bytes : OOM_UNKNOWN));
	bad |= json_object_set_new(object, "before_bytes",
				   json_oom_number(process ? process->before_bytes : OOM_UNKNOWN));
	bad |= json_object_set_new(object, "other_bytes",
				   json_oom_number(process ? process->other_bytes : OOM_UNKNOWN));
	bad |= json_object_set_new(
		object, "doing",
		process && process->doing ?
			json_stack(view->result, stacks_get(view->result->stacks, process->doing)) :
			json_null());
	return bad;
}

static json_t *json_report(const struct flight_view *view)
{
	static const char *const ends[] = {
		[FLIGHT_OOM] = "oom-killer",
		[FLIGHT_KILLED] = "sigkill",
		[FLIGHT_REFUSED] = "refused",
	};
	static const char *const hows[] = {
		[FLIGHT_HOW_UNKNOWN] = NULL,
		[FLIGHT_HOW_TRACE] = "trace",
		[FLIGHT_HOW_VARIABLE] = "variable",
		[FLIGHT_HOW_COMMAND] = "command",
	};
	const struct flight_report *report = view->report;
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_string("leaktrace/1"));
	bad |= json_object_set_new(object, "leaktrace", json_string(LEAKTRACE_VERSION));
	bad |= json_object_set_new(object, "mode", json_string("oom"));
	bad |= json_object_set_new(object, "end", json_string(ends[report->end]));
	bad |= json_object_set_new(object, "time", json_time(report->time_unix_ns));
	bad |= json_object_set_new(object, "pid", json_integer(report->pid));
	bad |= json_object_set_new(object, "name", json_text(report->name));
	bad |= json_object_set_new(object, "test", json_text(report->test.name));
	bad |= json_object_set_new(object, "test_runner", json_text(report->test.runner));
	bad |= json_object_set_new(object, "test_known_by", json_text(hows[report->test.how]));
	bad |= json_object_set_new(object, "uid", json_oom_number(report->victim.uid));
	bad |= json_oom_set_victim(object, &report->victim);
	bad |= json_object_set_new(object, "cgroup", json_text(report->cgroup));
	bad |= json_object_set_new(object, "cgroup_limit", json_oom_number(report->cgroup_limit));
	bad |= json_object_set_new(object, "sender", json_integer(report->sender));
	bad |= json_object_set_new(object, "sender_name", json_text(report->sender_name));
	bad |= json_object_set_new(object, "sender_command", json_strv(report->sender_command));
	bad |= json_object_set_new(object, "sender_command_cut", json_boolean(report->sender_cut));
	bad |= json_object_set_new(object, "others", json_others(report));
	bad |= json_object_set_new(object, "period", json_u64(report->period));
	bad |= json_object_set_new(object, "lost_samples", json_u64(report->lost_samples));
	bad |= json_object_set_new(object, "lost_events", json_u64(view->n_lost_kills));
	bad |= json_object_set_new(object, "named", json_boolean(view->named));
	bad |= set_process(object, view);
	return json_checked(object, bad);
}

int report_flight_json(const struct flight_view *view, FILE *to)
{
	return json_write_whole(json_report(view), to);
}
