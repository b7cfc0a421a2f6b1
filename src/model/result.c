// SPDX-License-Identifier: BSD-2-Clause
/* The result of a run, and the verdict on it: see result.h. */
#include "model/result.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

void result_init(struct result *result)
{
	*result = (struct result){ .exit_status = -1, .kinds = 1u << KIND_MEMORY };
}

void strv_free(char **strings)
{
	for (char **s = strings; s && *s; s++)
		free(*s);
	free(strings);
}

char **strv_copy(char *const *strings)
{
	size_t n = 0;
	char **copy;

	while (strings && strings[n])
		n++;
	copy = strings ? calloc(n + 1, sizeof(*copy)) : NULL;
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(strings[i]);
		if (!copy[i]) {
			strv_free(copy);
			return NULL;
		}
	}
	return copy;
}

int result_set_command(struct result *result, char *const *command)
{
	strv_free(result->command);
	result->command = strv_copy(command);
	return result->command ? 0 : -ENOMEM;
}

void process_done(struct process *process)
{
	free(process->exe);
	strv_free(process->command);
}

void result_done(struct result *result)
{
	strv_free(result->command);
	free(result->kernel);
	vec_foreach(note, &result->notes)
		free(*note);
	vec_done(&result->notes);
	vec_foreach(process, &result->processes)
		process_done(process);
	vec_done(&result->processes);
	sites_done(&result->sites);
}

int result_note(struct result *result, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	if (vec_push(&result->notes, text) < 0) {
		free(text);
		return -ENOMEM;
	}
	return 0;
}

const char *process_name(const struct process *process)
{
	if (process->command && process->command[0])
		return str_basename(process->command[0]);
	return process->exe ? str_basename(process->exe) : "?";
}

void totals_add(struct totals *to, const struct totals *more)
{
	to->allocations += more->allocations;
	to->frees += more->frees;
	to->unknown_frees += more->unknown_frees;
	to->outstanding_bytes += more->outstanding_bytes;
	to->outstanding_blocks += more->outstanding_blocks;
	to->judged |= more->judged;
	to->lost_bytes += more->lost_bytes;
	to->lost_blocks += more->lost_blocks;
	to->reachable_bytes += more->reachable_bytes;
	to->reachable_blocks += more->reachable_blocks;
	to->fds += more->fds;
	to->fds_at_exit += more->fds_at_exit;
	to->threads += more->threads;
	to->threads_at_exit += more->threads_at_exit;
	to->mapping_bytes += more->mapping_bytes;
	to->mappings += more->mappings;
}

void result_judge(struct result *result, const struct fail_on *fail_on)
{
	bool incomplete = losses_any(&result->losses);

	result->leaks = false;
	vec_foreach(process, &result->processes)
		process->verdict = VERDICT_CLEAN;
	vec_foreach(item, &result->sites.items) {
		const struct site_key *key = &(*item)->key;

		if (!(fail_on->classes[key->kind] & 1u << key->class))
			continue;
		result->leaks = true;
		result->processes.items[key->process].verdict = VERDICT_LEAKS;
	}
	vec_foreach(process, &result->processes) {
		if (!process->silent && !losses_any(&process->losses))
			continue;
		process->verdict = VERDICT_INCOMPLETE;
		incomplete = true;
	}
	result->verdict = incomplete	? VERDICT_INCOMPLETE :
			  result->leaks ? VERDICT_LEAKS :
					  VERDICT_CLEAN;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLEAN] = "clean",
		[VERDICT_LEAKS] = "leaks",
		[VERDICT_INCOMPLETE] = "incomplete",
	};

	return names[verdict];
}
