// SPDX-License-Identifier: BSD-2-Clause
/* Adding up processes of the past: see retired.h. */
#include "collect/retired.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void retired_done(struct retired *retired)
{
	vec_done(&retired->spare);
	vec_done(&retired->sums);
}

bool retired_due(const struct retired *retired, const struct result *result)
{
	return result->mode == MODE_SYSTEM && retired->spare.n == 0 &&
	       result->processes.n >= RETIRED_MIN && result->processes.n >= 2 * retired->n_needed;
}

/* A test and its processes belong together, and the tests that a process ran are not added up. */
static bool is_past(const struct process *process)
{
	return process->end != END_RUNNING && !process->n_merged && !process->has_tests;
}

struct candidate {
	uint64_t end_ns;
	uint32_t place;
};

/* The youngest first: the last ones are replaced first. */
static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return (x->end_ns < y->end_ns) - (x->end_ns > y->end_ns);
}

int retired_offer(struct retired *retired, const struct result *result, const bool *in_use)
{
	const size_t n_kept = RETIRED_MIN / 2;
	VEC(struct candidate) past = { 0 };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < result->processes.n; i++) {
		const struct process *process = &result->processes.items[i];
		struct candidate candidate = { process->end_ns, i };

		if (!in_use[i] && is_past(process))
			r = vec_push(&past, candidate);
	}
	if (past.n)
		qsort(past.items, past.n, sizeof(*past.items), candidate_compare);
	for (size_t i = n_kept; r == 0 && i < past.n; i++)
		r = vec_push(&retired->spare, past.items[i].place);
	retired->n_needed = result->processes.n - retired->spare.n;
	vec_done(&past);
	return r;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What a report says of a process in words has to be true of all that are added up. */
static bool is_of_sum(const struct process *sum, const struct process *process)
{
	return is_same(sum->exe, process->exe) && sum->end == process->end &&
	       is_same(sum->allocator, process->allocator) &&
	       is_same(sum->silent, process->silent) && is_same(sum->hides, process->hides) &&
	       is_same(sum->unjudged, process->unjudged) &&
	       sum->totals.judged == process->totals.judged;
}

static struct process *sum_find(const struct retired *retired, const struct result *result,
				const struct process *process)
{
	vec_foreach(place, &retired->sums) {
		struct process *sum = &result->processes.items[*place];

		if (is_of_sum(sum, process))
			return sum;
	}
	return NULL;
}

/* A process becomes the sum of its like, so far itself alone. */
static void sum_begin(struct process *process)
{
	struct process sum = { .exe = TAKE_PTR(process->exe),
			       .n_merged = 1,
			       .start_ns = process->start_ns,
			       .end_ns = process->end_ns,
			       .end = process->end,
			       .peak_rss_bytes = process->peak_rss_bytes,
			       .allocator = process->allocator,
			       .silent = process->silent,
			       .hides = process->hides,
			       .unjudged = process->unjudged,
			       .n_untraced = process->n_untraced,
			       .totals = process->totals,
			       .losses = process->losses };

	process_done(process);
	*process = sum;
}

static void sum_add(struct process *sum, const struct process *process)
{
	sum->n_merged++;
	if (process->start_ns < sum->start_ns)
		sum->start_ns = process->start_ns;
	if (process->end_ns > sum->end_ns)
		sum->end_ns = process->end_ns;
	if (process->peak_rss_bytes > sum->peak_rss_bytes)
		sum->peak_rss_bytes = process->peak_rss_bytes;
	sum->n_untraced += process->n_untraced;
	totals_add(&sum->totals, &process->totals);
	losses_add(&sum->losses, &process->losses);
}

/* Adds the process to a sum. Returns whether its place is free then: else it is the sum itself. */
static int retire(struct retired *retired, const struct result *result, uint32_t place)
{
	struct process *process = &result->processes.items[place];
	struct process *sum = sum_find(retired, result, process);

	if (!sum && retired->sums.n >= RETIRED_SUMS) {
		free(process->exe);
		process->exe = NULL;
		sum = sum_find(retired, result, process);
	}
	if (sum) {
		sum_add(sum, process);
		process_done(process);
		return 1;
	}
	if (vec_push(&retired->sums, place) < 0)
		return -ENOMEM;
	sum_begin(process);
	return 0;
}

int retired_place(struct retired *retired, struct result *result, const struct process *process,
		  uint32_t *ret_place)
{
	int r = 0;

	while (retired->spare.n && r == 0) {
		*ret_place = retired->spare.items[--retired->spare.n];
		r = retire(retired, result, *ret_place);
	}
	if (r < 0)
		return r;
	if (r > 0) {
		result->processes.items[*ret_place] = *process;
		return 0;
	}
	if (vec_push(&result->processes, *process) < 0)
		return -ENOMEM;
	*ret_place = (uint32_t)result->processes.n - 1;
	return 0;
}
