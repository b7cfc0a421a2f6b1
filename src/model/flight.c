// SPDX-License-Identifier: BSD-2-Clause
/* Accounting of the flight recorder: samples to growth by stack, vitals to a history. */
#include "model/flight.h"

#include <errno.h>
#include <string.h>

#include "model/result.h"

void flight_test_done(struct flight_test *test)
{
	free(test->name);
	*test = (struct flight_test){ 0 };
}

struct flight_test flight_test_copy(const struct flight_test *test)
{
	struct flight_test copy = *test;

	copy.name = test->name ? strdup(test->name) : NULL;
	if (!copy.name)
		copy = (struct flight_test){ 0 };
	return copy;
}

struct flight_process *flight_process_new(pid_t pid, uint32_t max_history)
{
	struct flight_process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	/* All of it now: under pressure there may be no more. */
	process->history = calloc(max_history ? max_history : 1, sizeof(*process->history));
	if (!process->history) {
		free(process);
		return NULL;
	}
	process->pid = pid;
	process->max_history = max_history ? max_history : 1;
	process->cgroup_limit = OOM_UNKNOWN;
	return process;
}

static void facts_done(struct flight_process *process)
{
	free(process->name);
	free(process->exe);
	free(process->cgroup);
	strv_free(process->command);
	flight_test_done(&process->test);
	process->name = process->exe = process->cgroup = NULL;
	process->command = NULL;
}

void flight_process_free(struct flight_process *process)
{
	if (!process)
		return;
	facts_done(process);
	vec_done(&process->sites);
	vec_done(&process->refused);
	free(process->history);
	free(process);
}

void flight_process_restart(struct flight_process *process, uint64_t image)
{
	facts_done(process);
	process->image = image;
	process->cgroup_limit = OOM_UNKNOWN;
	process->before_bytes = process->last_bytes = process->other_bytes = 0;
	process->before_is_parents = false;
	process->n_samples = 0;
	process->sites.n = process->refused.n = 0;
	process->doing = 0;
}

static struct flight_site *site_find(struct flight_site *sites, size_t n, uint32_t stack)
{
	for (size_t i = 0; i < n; i++) {
		if (sites[i].stack == stack)
			return &sites[i];
	}
	return NULL;
}

static uint64_t scaled(uint64_t part, uint64_t now, uint64_t before)
{
	return (uint64_t)((double)part * ((double)now / (double)before));
}

/* Memory was given back, nobody knows from where: each place has lost its share. */
static void process_shrink(struct flight_process *process, uint64_t now)
{
	uint64_t before = process->last_bytes;

	vec_foreach(site, &process->sites)
		site->bytes = scaled(site->bytes, now, before);
	process->before_bytes = scaled(process->before_bytes, now, before);
	process->other_bytes = scaled(process->other_bytes, now, before);
}

int flight_process_sample(struct flight_process *process, uint32_t stack, uint64_t now,
			  uint64_t base)
{
	struct flight_site *site;
	uint64_t gain;

	if (process->n_samples++ == 0) {
		process->before_bytes = base == OOM_UNKNOWN ? now : base < now ? base : now;
		process->before_is_parents = base != OOM_UNKNOWN;
		process->last_bytes = process->before_bytes;
	}
	if (now < process->last_bytes)
		process_shrink(process, now);
	gain = now > process->last_bytes ? now - process->last_bytes : 0;
	process->last_bytes = now;
	site = site_find(process->sites.items, process->sites.n, stack);
	if (!site && process->sites.n < FLIGHT_MAX_SITES &&
	    vec_push(&process->sites, (struct flight_site){ .stack = stack }) == 0)
		site = &process->sites.items[process->sites.n - 1];
	if (!site) {
		process->other_bytes += gain;
		return process->sites.n < FLIGHT_MAX_SITES ? -ENOMEM : 0;
	}
	site->bytes += gain;
	site->n_samples++;
	return 0;
}

int flight_process_refuse(struct flight_process *process, uint32_t stack, uint64_t bytes)
{
	struct flight_site *site = site_find(process->refused.items, process->refused.n, stack);

	if (!site) {
		/* The first places are the ones that matter: what comes later follows from them. */
		if (process->refused.n >= FLIGHT_MAX_SITES)
			return 0;
		if (vec_push(&process->refused, (struct flight_site){ .stack = stack }) < 0)
			return -ENOMEM;
		site = &process->refused.items[process->refused.n - 1];
	}
	site->n_samples++;
	if (bytes > site->bytes)
		site->bytes = bytes;
	return 0;
}

void flight_process_note(struct flight_process *process, const struct flight_vitals *vitals)
{
	process->history[process->n_history++ % process->max_history] = *vitals;
}

const struct flight_vitals *flight_process_vitals(const struct flight_process *process, uint32_t i)
{
	uint32_t n = process->n_history, kept = n < process->max_history ? n : process->max_history;

	return i < kept ? &process->history[(n - kept + i) % process->max_history] : NULL;
}

static int site_compare(const void *a, const void *b)
{
	const struct flight_site *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? 1 : -1;
	return left->stack < right->stack ? -1 : left->stack > right->stack;
}

void flight_process_sort(struct flight_process *process)
{
	if (process->sites.n)
		qsort(process->sites.items, process->sites.n, sizeof(*process->sites.items),
		      site_compare);
}

void flight_process_forget(struct flight_process *process)
{
	vec_foreach(site, &process->sites)
		process->before_bytes += site->bytes;
	process->sites.n = process->refused.n = 0;
	process->before_is_parents = false;
	process->doing = 0;
}

uint64_t flight_report_bytes(const struct flight_report *report)
{
	const struct oom_victim *victim = &report->victim;

	if (victim->anon_bytes == OOM_UNKNOWN)
		return report->process ? report->process->last_bytes : OOM_UNKNOWN;
	return victim->anon_bytes + (victim->shmem_bytes == OOM_UNKNOWN ? 0 : victim->shmem_bytes);
}

void flight_report_done(struct flight_report *report)
{
	strv_free(report->sender_command);
	free(report->cgroup);
	free(report->test_value);
	flight_test_done(&report->test);
	vec_done(&report->others);
}
