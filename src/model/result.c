// SPDX-License-Identifier: BSD-2-Clause
/* The result of a run, and the verdict on it: see result.h. */
#include "model/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/str.h"

const char *mode_name(enum mode mode)
{
	static const char *const names[] = {
		[MODE_RUN] = "run",
		[MODE_ATTACH] = "attach",
		[MODE_SYSTEM] = "system",
	};

	return names[mode];
}

void result_init(struct result *result)
{
	*result = (struct result){ .exit_status = -1, .kinds = 1u << KIND_MEMORY };
	tests_init(&result->tests);
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
	samples_done(&process->samples);
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
	tests_done(&result->tests);
	sites_done(&result->sites);
	suppressions_done(&result->suppressions);
	baseline_done(&result->baseline);
	marks_done(&result->marks);
	releases_done(&result->releases);
	peaks_done(&result->peaks);
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

const char *process_end_name(enum process_end end)
{
	static const char *const names[] = {
		[END_RUNNING] = "running",
		[END_EXIT] = "exit",
		[END_EXEC] = "exec",
	};

	return names[end];
}

static void test_count_memory(struct totals *totals, const struct site *site)
{
	totals->outstanding_bytes += site->bytes;
	totals->outstanding_blocks += site->n_blocks;
	if (site->key.class == CLASS_LOST || site->key.class == CLASS_INDIRECT) {
		totals->lost_bytes += site->bytes;
		totals->lost_blocks += site->n_blocks;
	} else if (site->key.class == CLASS_REACHABLE) {
		totals->reachable_bytes += site->bytes;
		totals->reachable_blocks += site->n_blocks;
	}
}

static void test_count_site(struct totals *totals, const struct site *site)
{
	uint64_t at_exit = site->key.class == CLASS_AT_EXIT ? site->n_blocks : 0;

	switch (site->key.kind) {
	case KIND_MEMORY:
		if (resource_class_is_held(site->key.class))
			test_count_memory(totals, site);
		break;
	case KIND_MAPPING:
		totals_add_mappings(totals, site->n_blocks, site->bytes,
				    site->key.class == CLASS_LEAKED,
				    site->key.class == CLASS_REACHABLE);
		break;
	case KIND_FD:
		/* No descriptor that the test has left. */
		if (site->key.class == CLASS_BAD_CLOSE)
			break;
		totals->fds += site->n_blocks;
		totals->fds_at_exit += at_exit;
		break;
	case KIND_THREAD:
		totals->threads += site->n_blocks;
		totals->threads_at_exit += at_exit;
		break;
	}
}

/* Whether a process of the test, not the one that it ran in, is still there after it. */
static bool process_outlives(const struct process *process, const struct test *test)
{
	return test->end_ns && process->end != END_EXEC && process->pid != test->pid &&
	       (process->end == END_RUNNING || process->end_ns > test->end_ns);
}

/* A process counts for the test that started it, and for those around that one. */
static void test_count_process(struct result *result, struct process *process)
{
	struct test *own;

	process->test = tests_number(&result->tests, process->epoch);
	own = tests_get(&result->tests, process->test);
	process->outlived_test = own && process_outlives(process, own);
	if (process->outlived_test)
		own->n_left++;
	for (struct test *test = tests_get(&result->tests, process->test); test;
	     test = tests_get(&result->tests, test->parent)) {
		if (!test->whole_process)
			continue;
		test->totals.allocations += process->totals.allocations;
		test->totals.frees += process->totals.frees;
		test->totals.unknown_frees += process->totals.unknown_frees;
		if (process->peak_rss_bytes > test->peak_rss_bytes)
			test->peak_rss_bytes = process->peak_rss_bytes;
	}
}

void result_count_tests(struct result *result)
{
	vec_foreach(test, &result->tests.items) {
		struct totals before = test->totals;

		test->totals = (struct totals){ .judged = result->totals.judged };
		test->n_left = 0;
		if (test->whole_process)
			continue;
		test->totals.allocations = before.allocations;
		test->totals.frees = before.frees;
		test->totals.unknown_frees = before.unknown_frees;
	}
	vec_foreach(process, &result->processes)
		test_count_process(result, process);
	vec_foreach(item, &result->sites.items) {
		struct test *test = tests_get(&result->tests, (*item)->key.test);

		if (test)
			test_count_site(&test->totals, *item);
	}
	vec_foreach(test, &result->tests.items) {
		test->retained_bytes = test->totals.outstanding_bytes + test->retracted_bytes;
		test->retained_blocks = test->totals.outstanding_blocks + test->retracted_blocks;
	}
}

/*
 * What an earlier test of a process that was killed later has left, its framework may have meant to
 * release at the end, and nobody could look for pointers to it.
 */
static bool is_unknown(const struct result *result, const struct site_key *key)
{
	const struct process *process = &result->processes.items[key->process];

	return key->class == CLASS_OUTSTANDING && process->end == END_EXIT &&
	       WIFSIGNALED(process->wait_status);
}

/* Whether --fail-on names SITE. What grew once between two marks may have had its reason. */
static bool site_is_named(const struct fail_on *fail_on, const struct site *site)
{
	const struct site_key *key = &site->key;

	if (key->class == CLASS_GROWTH && !key->test && !site_grew_always(site))
		return false;
	return fail_on->classes[key->kind] & 1u << key->class;
}

/* Whether SITE is no leak because the user knows of it. What a suppression names counts there. */
static bool site_excuse(struct result *result, struct site *site)
{
	if (site->suppression) {
		suppressions_count(&result->suppressions, site);
		site->in_baseline = false;
	} else if (site->in_baseline) {
		baseline_count(&result->baseline, site);
	}
	return site->suppression || site->in_baseline;
}

static void judge_sites(struct result *result, const struct fail_on *fail_on)
{
	vec_foreach(item, &result->sites.items) {
		const struct site_key *key = &(*item)->key;
		struct test *test = tests_get(&result->tests, key->test);

		(*item)->is_leak = false;
		/* What a test held when it was broken off, it might have released. */
		if (!site_is_named(fail_on, *item) || (test && test->reason)) {
			(*item)->suppression = 0;
			(*item)->in_baseline = false;
			continue;
		}
		if (site_excuse(result, *item))
			continue;
		if (test && is_unknown(result, key)) {
			test->verdict = TEST_NONE;
			test_set_reason(test, "its process was killed later, with what it had "
					      "left: nobody could look for pointers to it");
			continue;
		}
		if (test)
			test->verdict = TEST_LEAKS;
		(*item)->is_leak = true;
		result->leaks = true;
		result->processes.items[key->process].verdict = VERDICT_LEAKS;
	}
}

void result_judge(struct result *result, const struct fail_on *fail_on)
{
	bool incomplete = losses_any(&result->losses) || result->sample_bytes;

	result->leaks = false;
	suppressions_forget(&result->suppressions);
	baseline_forget(&result->baseline);
	vec_foreach(process, &result->processes)
		process->verdict = VERDICT_CLEAN;
	vec_foreach(test, &result->tests.items)
		test->verdict = test->reason ? TEST_NONE : TEST_CLEAN;
	judge_sites(result, fail_on);
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
