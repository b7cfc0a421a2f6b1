// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prometheus's text format, for the textfile collector of its node exporter: what each process
 * holds, metric by metric. A pid has one set of them, that of its last program.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/stream.h"
#include "report/facts.h"

struct metric {
	const char *name;
	const char *type;
	const char *help;
	/* Whether the value is known. */
	bool (*get)(const struct result *result, const struct process *process,
		    uint64_t *ret_value);
};

/* The processes that are told of, by pid. */
struct series {
	VEC(const struct process *) list;
};

static bool has_memory(const struct result *result, const struct process *process)
{
	return result->kinds & 1u << KIND_MEMORY && !process->silent;
}

#define GET(name, known, value)                                                                    \
	static bool get_##name(const struct result *result, const struct process *process,         \
			       uint64_t *ret_value)                                                \
	{                                                                                          \
		(void)result;                                                                      \
		*ret_value = (value);                                                              \
		return known;                                                                      \
	}

GET(allocations, has_memory(result, process), process->totals.allocations)
GET(frees, has_memory(result, process), process->totals.frees)
GET(outstanding_bytes, has_memory(result, process), process->totals.outstanding_bytes)
GET(outstanding_blocks, has_memory(result, process), process->totals.outstanding_blocks)
GET(lost_bytes, has_memory(result, process) && process->totals.judged, process->totals.lost_bytes)
GET(lost_blocks, has_memory(result, process) && process->totals.judged, process->totals.lost_blocks)
GET(mapping_bytes, result->kinds & 1u << KIND_MAPPING, process->totals.mapping_bytes)
GET(fds, result->kinds & 1u << KIND_FD, process->totals.fds)
GET(threads, result->kinds & 1u << KIND_THREAD, process->totals.threads)
GET(rss_bytes, process->samples.list.n, process->samples.last.rss_bytes)
GET(open_fds, process->samples.list.n, process->samples.last.n_fds)
GET(live_threads, process->samples.list.n, process->samples.last.n_threads)
GET(peak_rss_bytes, process->peak_rss_bytes, process->peak_rss_bytes)
GET(incomplete, true, process->verdict == VERDICT_INCOMPLETE)

static const struct metric metrics[] = {
	{ "allocations_total", "counter", "Calls that gave a block", get_allocations },
	{ "frees_total", "counter", "Blocks given back", get_frees },
	{ "outstanding_bytes", "gauge", "Memory allocated and not released",
	  get_outstanding_bytes },
	{ "outstanding_blocks", "gauge", "Blocks allocated and not released",
	  get_outstanding_blocks },
	{ "lost_bytes", "gauge", "Memory that no pointer leads to", get_lost_bytes },
	{ "lost_blocks", "gauge", "Blocks that no pointer leads to", get_lost_blocks },
	{ "mapping_bytes", "gauge", "Memory mapped by the program and not unmapped",
	  get_mapping_bytes },
	{ "unclosed_fds", "gauge", "File descriptors opened and not closed", get_fds },
	{ "unjoined_threads", "gauge", "Threads created and neither joined nor detached",
	  get_threads },
	{ "resident_bytes", "gauge", "Resident memory when last looked at", get_rss_bytes },
	{ "open_fds", "gauge", "All open file descriptors when last looked at", get_open_fds },
	{ "threads", "gauge", "All threads when last looked at", get_live_threads },
	{ "resident_peak_bytes", "gauge", "The most resident memory so far", get_peak_rss_bytes },
	{ "incomplete", "gauge", "1 if not everything was seen", get_incomplete },
};

/* A label's value, in double quotes. */
static int label_write(FILE *to, const char *value)
{
	_cleanup_free_ char *printable = facts_printable(value);

	if (!printable)
		return -ENOMEM;
	fputc('"', to);
	for (const char *s = printable; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', to);
		fputc(*s, to);
	}
	fputc('"', to);
	return 0;
}

static int metric_write(const struct result *result, const struct metric *metric,
			const struct series *series, FILE *to)
{
	bool begun = false;

	vec_foreach(item, &series->list) {
		uint64_t value;

		if (!metric->get(result, *item, &value))
			continue;
		if (!begun)
			fprintf(to, "# HELP leaktrace_%s %s\n# TYPE leaktrace_%s %s\n",
				metric->name, metric->help, metric->name, metric->type);
		begun = true;
		fprintf(to, "leaktrace_%s{pid=\"%" PRIu32 "\",process=", metric->name,
			(*item)->pid);
		if (label_write(to, process_name(*item)) < 0)
			return -ENOMEM;
		fprintf(to, "} %" PRIu64 "\n", value);
	}
	return 0;
}

/* What was lost on the way, over all processes. */
static void losses_write(const struct result *result, FILE *to)
{
	fputs("# HELP leaktrace_losses_total Events that could not be recorded\n"
	      "# TYPE leaktrace_losses_total counter\n",
	      to);
	for (int i = 0; i < _LOSS_MAX; i++)
		fprintf(to, "leaktrace_losses_total{id=\"%s\"} %" PRIu64 "\n",
			loss_id((enum loss)i), result->losses.counts[i]);
}

/* By pid, the latest first, and in the order of a process's programs the last one first. */
static int process_compare(const void *a, const void *b)
{
	const struct process *x = *(const struct process *const *)a;
	const struct process *y = *(const struct process *const *)b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? 1 : -1;
	return (x < y) - (x > y);
}

static int series_fill(struct series *series, const struct result *result)
{
	size_t n = 0;

	vec_foreach(process, &result->processes) {
		if (!process->n_merged && vec_push(&series->list, process) < 0)
			return -ENOMEM;
	}
	if (series->list.n)
		qsort(series->list.items, series->list.n, sizeof(*series->list.items),
		      process_compare);
	vec_foreach(item, &series->list) {
		if (n == 0 || series->list.items[n - 1]->pid != (*item)->pid)
			series->list.items[n++] = *item;
	}
	series->list.n = n;
	return 0;
}

int report_prometheus(const struct result *result, const struct report_options *options, FILE *to)
{
	struct series series = { 0 };
	int r = series_fill(&series, result);

	(void)options;
	for (size_t i = 0; r == 0 && i < sizeof(metrics) / sizeof(metrics[0]); i++)
		r = metric_write(result, &metrics[i], &series, to);
	losses_write(result, to);
	vec_done(&series.list);
	return r < 0 ? r : stream_flush(to);
}
