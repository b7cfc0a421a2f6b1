// SPDX-License-Identifier: BSD-2-Clause
/* Sentences about a whole report: see notes.h. A note for which there is no memory is left out. */
#include "cmd/notes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/units.h"

void notes_incomplete_stacks(struct result *result)
{
	size_t n = 0, n_all = 0;

	vec_foreach(site, &result->sites.items) {
		/* Nobody could have taken a stack. */
		if ((*site)->key.class == CLASS_BEFORE_ATTACH)
			continue;
		n_all++;
		n += stacks_get(result->stacks, (*site)->key.stack)->end != STACK_COMPLETE;
	}
	if (n)
		result_note(result, "%zu of %zu call stacks are not complete; each says why", n,
			    n_all);
}

void notes_refused_tables(struct result *result, uint64_t n_refused)
{
	if (n_refused)
		result_note(result,
			    "the unwind tables were full: stacks go through %" PRIu64 " files by "
			    "frame pointers",
			    n_refused);
}

void notes_untraced(struct result *result)
{
	vec_foreach(process, &result->processes) {
		if (process->n_untraced)
			result_note(result,
				    "process %u (%s) has started %u process%s since the attach, "
				    "not traced: --follow-forks traces those that start later",
				    process->pid, process_name(process), process->n_untraced,
				    process->n_untraced == 1 ? "" : "es");
	}
}

void notes_sampling(struct result *result, uint64_t sample_bytes)
{
	char size[UNITS_TEXT_BYTES];

	if (sample_bytes)
		result_note(result,
			    "memory blocks were recorded by chance, one sample in %s on average: "
			    "their sizes and numbers are estimates",
			    units_format_bytes(sample_bytes, size));
}

void notes_narrower(struct result *result)
{
	const uint64_t *counts = result->losses.counts;

	if (result->mode == MODE_SYSTEM &&
	    (counts[LOSS_BLOCKS_FULL] || counts[LOSS_PROCESS_FULL] || counts[LOSS_SPACES_FULL]))
		result_note(result,
			    "there was no room for all of these processes: choose fewer with "
			    "--comm, --uid, --cgroup or --container, leave some out with "
			    "--exclude, or see --max-blocks and --sample-bytes");
}

void notes_none(struct result *result)
{
	if (result->mode == MODE_SYSTEM && !result->processes.n)
		result_note(result, "no process was seen of which all is true that --comm, --uid, "
				    "--cgroup, --container and --exclude say");
}

void notes_forgotten(struct result *result)
{
	if (result->n_sites_forgotten)
		result_note(result,
			    "%" PRIu64 " call sites of processes that ended first are not listed: "
			    "those that came after them have more; the table of processes has them",
			    result->n_sites_forgotten);
}

void notes_idle(struct result *result)
{
	vec_foreach(process, &result->processes) {
		const struct totals *totals = &process->totals;

		if (result->mode != MODE_ATTACH || process->end != END_RUNNING ||
		    !process->allocator || totals->allocations || totals->frees ||
		    totals->unknown_frees)
			continue;
		result_note(result,
			    "process %u (%s) has not called its allocator (%s) since the attach: "
			    "it is idle, or gets its memory in a way that is not known here",
			    process->pid, process_name(process), process->allocator);
	}
}

/* In a run, most programs are nobody's concern: what runs tests is, or else the command. */
static bool is_subject(const struct result *result, const struct process *process)
{
	if (process->end == END_EXEC)
		return false;
	if (result->mode != MODE_RUN)
		return true;
	vec_foreach(test, &result->tests.items) {
		if (!test->whole_process && test->pid == process->pid)
			return true;
	}
	return !result->tests.items.n && process->pid == result->processes.items[0].pid;
}

/* The process of number FIRST hides something: once for all that hide the same. */
static void note_hidden(struct result *result, size_t first)
{
	const struct process *process = &result->processes.items[first];
	const char *hides = process->hides;
	uint64_t n = 0;

	for (size_t i = 0; i < result->processes.n; i++) {
		const struct process *other = &result->processes.items[i];

		if (other->hides != hides || !is_subject(result, other))
			continue;
		if (i < first)
			return;
		n += other->n_merged ? other->n_merged : 1;
	}
	if (process->n_merged)
		result_note(result, "%" PRIu64 " processes (%s): %s", n, process_name(process),
			    hides);
	else if (n > 1)
		result_note(result, "process %u (%s) and %" PRIu64 " more: %s", process->pid,
			    process_name(process), n - 1, hides);
	else
		result_note(result, "process %u (%s): %s", process->pid, process_name(process),
			    hides);
}

void notes_hidden(struct result *result)
{
	for (size_t i = 0; i < result->processes.n; i++) {
		const struct process *process = &result->processes.items[i];

		if (process->hides && is_subject(result, process))
			note_hidden(result, i);
	}
}

/* "python3 -m unittest", with nothing that makes it write the names of its tests. */
static bool is_silent_unittest(const struct process *process)
{
	char *const *argument = process->command;
	bool is_unittest = false;

	if (!process->exe || !str_starts_with(str_basename(process->exe), "python"))
		return false;
	for (; argument && argument[0] && argument[1]; argument++) {
		if (strcmp(argument[0], "-m") == 0 && strcmp(argument[1], "unittest") == 0)
			is_unittest = true;
		else if (is_unittest &&
			 (strcmp(argument[1], "-v") == 0 || strcmp(argument[1], "--verbose") == 0))
			return false;
	}
	return is_unittest;
}

void notes_unittest(struct result *result)
{
	vec_foreach(process, &result->processes) {
		if (!is_silent_unittest(process))
			continue;
		result_note(result,
			    "process %u runs Python's unittest, which tells of its tests only with "
			    "-v: they are not told apart",
			    process->pid);
		return;
	}
}

void notes_growth(struct result *result)
{
	vec_foreach(test, &result->tests.items) {
		if (test->occurrence && !test->whole_process)
			return;
	}
	result_note(result,
		    "no test ran more than once in one process, so nothing can be said about "
		    "growth: --repeat repeats tests of pytest and GoogleTest");
}
