// SPDX-License-Identifier: BSD-2-Clause
/*
 * The JSON report, schema leaktrace/1: docs/OUTPUT.md describes every member, and a test holds
 * the two together. Written element by element, so that a run with very many call sites needs
 * the memory of one.
 */
#include "report/report.h"

#include <errno.h>
#include <jansson.h>
#include <sys/wait.h>

#include "base/str.h"
#include "base/stream.h"
#include "report/facts.h"
#include "report/json_marks.h"
#include "report/json_sites.h"
#include "report/json_suppressions.h"
#include "report/json_value.h"
#include "report/json_vitals.h"
#include "version.h"

/* SILENT: the allocator was not seen. What is not known is null. */
static int json_set_totals(json_t *object, const struct result *result, const struct totals *totals,
			   bool silent)
{
	uint32_t kinds = result->kinds;
	bool memory = kinds & 1u << KIND_MEMORY && !silent;
	bool judged = memory && totals->judged;
	bool fds = kinds & 1u << KIND_FD, threads = kinds & 1u << KIND_THREAD;
	bool mappings = kinds & 1u << KIND_MAPPING;
	bool judged_mappings = mappings && totals->judged;
	const struct {
		const char *name;
		uint64_t value;
		bool known;
	} members[] = {
		{ "allocations", totals->allocations, memory },
		{ "frees", totals->frees, memory },
		{ "unknown_frees", totals->unknown_frees, memory && !result->sample_bytes },
		{ "outstanding_bytes", totals->outstanding_bytes, memory },
		{ "outstanding_blocks", totals->outstanding_blocks, memory },
		{ "lost_bytes", totals->lost_bytes, judged },
		{ "lost_blocks", totals->lost_blocks, judged },
		{ "reachable_bytes", totals->reachable_bytes, judged },
		{ "reachable_blocks", totals->reachable_blocks, judged },
		{ "fds", totals->fds, fds },
		{ "fds_at_exit", totals->fds_at_exit, fds },
		{ "threads", totals->threads, threads },
		{ "threads_at_exit", totals->threads_at_exit, threads },
		{ "mapping_bytes", totals->mapping_bytes, mappings },
		{ "mappings", totals->mappings, mappings },
		{ "leaked_mapping_bytes", totals->leaked_mapping_bytes, judged_mappings },
		{ "leaked_mappings", totals->leaked_mappings, judged_mappings },
		{ "reachable_mapping_bytes", totals->reachable_mapping_bytes, judged_mappings },
		{ "reachable_mappings", totals->reachable_mappings, judged_mappings },
	};
	int bad = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		bad |= json_object_set_new(object, members[i].name,
					   json_u64_or_null(members[i].value, members[i].known));
	return bad;
}

static json_t *json_totals(const struct result *result)
{
	json_t *object = json_object();

	return json_checked(object, json_set_totals(object, result, &result->totals, false));
}

static json_t *json_loss(enum loss loss, uint64_t count)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "id", json_text(loss_id(loss)));
	bad |= json_object_set_new(object, "count", json_u64(count));
	bad |= json_object_set_new(object, "meaning", json_text(loss_text(loss)));
	return json_checked(object, bad);
}

static json_t *json_losses(const struct losses *losses)
{
	json_t *array = json_array();
	int bad = 0;

	for (int i = 0; i < _LOSS_MAX; i++) {
		if (losses->counts[i])
			bad |= json_array_append_new(array,
						     json_loss((enum loss)i, losses->counts[i]));
	}
	return json_checked(array, bad);
}

/* Sets how the process ended: as much as the kernel told. */
static int json_set_end(json_t *object, const struct process *process)
{
	int status = process->wait_status, bad = 0;
	bool ended = process->end == END_EXIT && !process->n_merged;

	bad |= json_object_set_new(object, "end", json_text(process_end_name(process->end)));
	bad |= json_object_set_new(
		object, "exit_status",
		json_u64_or_null((uint64_t)WEXITSTATUS(status), ended && WIFEXITED(status)));
	bad |= json_object_set_new(
		object, "signal",
		json_u64_or_null((uint64_t)WTERMSIG(status), ended && WIFSIGNALED(status)));
	return bad;
}

static json_t *json_process(const struct result *result, const struct process *process)
{
	json_t *object = json_object();
	/* Signed: an attached process is older than the run. */
	json_int_t start_ns = (json_int_t)(process->start_ns - result->started_ns);
	json_int_t end_ns = (json_int_t)(process->end_ns - result->started_ns);
	int bad = 0;

	bad |= json_object_set_new(object, "pid", json_u64(process->pid));
	bad |= json_object_set_new(object, "ppid", json_u64(process->ppid));
	bad |= json_object_set_new(object, "merged", json_u64(process->n_merged));
	bad |= json_object_set_new(object, "exe", json_text(process->exe));
	bad |= json_object_set_new(object, "command", json_strv(process->command));
	bad |= json_object_set_new(object, "command_cut", json_boolean(process->command_cut));
	bad |= json_object_set_new(object, "inherited_command",
				   json_boolean(process->inherited_command));
	bad |= json_object_set_new(object, "test", json_test_name(result, process->test));
	bad |= json_object_set_new(object, "outlived_test", json_boolean(process->outlived_test));
	bad |= json_object_set_new(object, "start_ns", json_integer(start_ns));
	bad |= json_object_set_new(object, "end_ns",
				   process->end_ns ? json_integer(end_ns) : json_null());
	bad |= json_set_end(object, process);
	bad |= json_object_set_new(object, "verdict", json_text(verdict_name(process->verdict)));
	bad |= json_object_set_new(object, "silent", json_text(process->silent));
	bad |= json_object_set_new(object, "unjudged", json_text(process->unjudged));
	bad |= json_set_totals(object, result, &process->totals, process->silent);
	bad |= json_object_set_new(object, "losses", json_losses(&process->losses));
	bad |= json_object_set_new(
		object, "peak_rss_bytes",
		json_u64_or_null(process->peak_rss_bytes, process->peak_rss_bytes != 0));
	bad |= json_object_set_new(object, "peak", json_peak(result, process));
	bad |= json_object_set_new(object, "allocator", json_text(process->allocator));
	bad |= json_object_set_new(object, "vitals", json_vitals(&process->samples));
	bad |= json_object_set_new(object, "samples", json_samples(result, &process->samples));
	return json_checked(object, bad);
}

/* Allocations and releases may be unknown where memory is known: several tests at once. */
static int json_set_test_totals(json_t *object, const struct result *result,
				const struct test *test)
{
	int bad = json_set_totals(object, result, &test->totals, false);

	if (test->counted)
		return bad;
	bad |= json_object_set_new(object, "allocations", json_null());
	bad |= json_object_set_new(object, "frees", json_null());
	bad |= json_object_set_new(object, "unknown_frees", json_null());
	return bad;
}

static json_t *json_test(const struct result *result, const struct test *test)
{
	json_t *object = json_object();
	json_int_t start_ns = (json_int_t)(test->begin_ns - result->started_ns);
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(test->name));
	bad |= json_object_set_new(object, "runner", json_text(test->runner));
	bad |= json_object_set_new(object, "suite", json_text(test->suite));
	bad |= json_object_set_new(object, "own_name", json_text(test->own_name));
	bad |= json_object_set_new(object, "parent", json_test_index(test->parent));
	bad |= json_object_set_new(object, "occurrence", json_u64(test->occurrence));
	bad |= json_object_set_new(object, "pid", json_u64(test->pid));
	bad |= json_object_set_new(object, "verdict", json_text(test_verdict_name(test->verdict)));
	bad |= json_object_set_new(object, "reason", json_text(test->reason));
	bad |= json_set_test_totals(object, result, test);
	bad |= json_object_set_new(object, "retained_bytes", json_u64(test->retained_bytes));
	bad |= json_object_set_new(object, "retained_blocks", json_u64(test->retained_blocks));
	bad |= json_object_set_new(object, "retracted_bytes", json_u64(test->retracted_bytes));
	bad |= json_object_set_new(object, "retracted_blocks", json_u64(test->retracted_blocks));
	bad |= json_object_set_new(
		object, "peak_rss_bytes",
		json_u64_or_null(test->peak_rss_bytes, test->peak_rss_bytes != 0));
	bad |= json_object_set_new(object, "rss_delta_bytes",
				   test->rss_known ? json_integer(test->rss_delta_bytes) :
						     json_null());
	bad |= json_object_set_new(object, "processes_left", json_u64(test->n_left));
	bad |= json_object_set_new(object, "start_ns", json_integer(start_ns));
	bad |= json_object_set_new(
		object, "duration_ns",
		json_u64_or_null(test->end_ns - test->begin_ns, test->end_ns != 0));
	return json_checked(object, bad);
}

/* What goes between two elements of an array, and before the first. */
static void json_separate(size_t i, FILE *to)
{
	fputs(i ? ",\n  " : "\n  ", to);
}

/* One member of the report, on a line of its own. */
static int json_member(const char *name, json_t *value, FILE *to)
{
	int r;

	fprintf(to, " \"%s\":", name);
	r = json_write(value, JSON_ENCODE_ANY, to);
	fputs(",\n", to);
	return r;
}

/* The members before the arrays. */
static int json_head(const struct result *result, FILE *to)
{
	bool attached = result->mode != MODE_RUN;
	const struct {
		const char *name;
		json_t *value;
	} members[] = {
		{ "schema", json_string("leaktrace/1") },
		{ "leaktrace", json_string(LEAKTRACE_VERSION) },
		{ "kernel", json_text(result->kernel) },
		{ "mode", json_string(mode_name(result->mode)) },
		{ "report", json_u64_or_null(result->n_report, attached) },
		{ "final", json_boolean(result->final) },
		{ "command", json_strv(result->command) },
		{ "started", json_time(result->started_unix_ns) },
		{ "duration_ns", json_u64(facts_age_ns(result, result->started_ns)) },
		{ "exit_status",
		  json_u64_or_null((uint64_t)result->exit_status, result->exit_status >= 0) },
		{ "verdict", json_text(verdict_name(result->verdict)) },
		{ "sample_bytes", json_u64_or_null(result->sample_bytes, result->sample_bytes) },
		{ "totals", json_totals(result) },
		{ "losses", json_losses(&result->losses) },
		{ "sites_hidden", json_u64(result->n_sites_hidden) },
		{ "suppressions", json_suppressions(&result->suppressions) },
		{ "baseline", json_baseline(&result->baseline) },
		{ "marks", json_marks(result) },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (r == 0)
			r = json_member(members[i].name, members[i].value, to);
		else
			json_decref(members[i].value);
	}
	return r;
}

static int json_arrays(const struct result *result, const struct page_sites *page, FILE *to)
{
	int r = 0;

	fputs(" \"notes\":[", to);
	for (size_t i = 0; r == 0 && i < result->notes.n; i++) {
		json_separate(i, to);
		r = json_write(json_text(result->notes.items[i]), JSON_ENCODE_ANY, to);
	}
	fputs("],\n \"processes\":[", to);
	for (size_t i = 0; r == 0 && i < result->processes.n; i++) {
		json_separate(i, to);
		r = json_write(json_process(result, &result->processes.items[i]), 0, to);
	}
	fputs("],\n \"tests\":[", to);
	for (size_t i = 0; r == 0 && i < result->tests.items.n; i++) {
		json_separate(i, to);
		r = json_write(json_test(result, &result->tests.items.items[i]), 0, to);
	}
	fputs("],\n \"sites\":[", to);
	if (r == 0)
		r = json_sites(result, page, to);
	fputs("]\n}\n", to);
	return r;
}

/* PAGE is NULL but for the report in a page. */
static int json_report(const struct result *result, const struct page_sites *page, FILE *to)
{
	int r;

	fputs("{\n", to);
	r = json_head(result, to);
	if (r == 0)
		r = json_arrays(result, page, to);
	if (r < 0)
		return r;
	return stream_flush(to);
}

int report_json(const struct result *result, const struct report_options *options, FILE *to)
{
	(void)options; /* a program that reads the report wants all of it */
	return json_report(result, NULL, to);
}

int json_report_page(const struct result *result, const struct page_sites *page, FILE *to)
{
	return json_report(result, page, to);
}
