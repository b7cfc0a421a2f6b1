// SPDX-License-Identifier: BSD-2-Clause
/* How processes went over time, in JSON: see json_vitals.h. */
#include "report/json_vitals.h"

#include "report/json_value.h"

static json_t *json_vital(uint64_t first, uint64_t last, uint64_t peak)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "peak", json_u64(peak));
	bad |= json_object_set_new(object, "delta", json_integer((json_int_t)(last - first)));
	return json_checked(object, bad);
}

json_t *json_vitals(const struct samples *samples)
{
	const struct process_sample *first = &samples->first, *last = &samples->last;
	const struct process_sample *peak = &samples->peak;
	json_t *object = samples->list.n ? json_object() : json_null();
	int bad = 0;

	if (!samples->list.n)
		return object;
	bad |= json_object_set_new(object, "rss_bytes",
				   json_vital(first->rss_bytes, last->rss_bytes, peak->rss_bytes));
	bad |= json_object_set_new(object, "fds",
				   json_vital(first->n_fds, last->n_fds, peak->n_fds));
	bad |= json_object_set_new(object, "threads",
				   json_vital(first->n_threads, last->n_threads, peak->n_threads));
	return json_checked(object, bad);
}

json_t *json_peak(const struct result *result, const struct process *process)
{
	const struct process_peak *peak = &process->peak;
	json_int_t t_ns = (json_int_t)(peak->time_ns - result->started_ns);
	json_t *object;
	int bad = 0;

	if (!peak->n_looks || process->silent)
		return json_null();
	object = json_object();
	bad |= json_object_set_new(object, "t_ns", json_integer(t_ns));
	bad |= json_object_set_new(object, "bytes", json_u64(peak->bytes));
	bad |= json_object_set_new(object, "blocks", json_u64(peak->n_blocks));
	bad |= json_object_set_new(object, "looks", json_u64(peak->n_looks));
	bad |= json_object_set_new(object, "gap_ns", json_u64(peak->gap_ns));
	return json_checked(object, bad);
}

static json_t *json_sample(const struct result *result, const struct process_sample *sample)
{
	json_t *object = json_object();
	json_int_t t_ns = (json_int_t)(sample->time_ns - result->started_ns);
	int bad = 0;

	bad |= json_object_set_new(object, "t_ns", json_integer(t_ns));
	bad |= json_object_set_new(object, "rss_bytes", json_u64(sample->rss_bytes));
	bad |= json_object_set_new(
		object, "outstanding_bytes",
		json_u64_or_null(sample->outstanding_bytes, sample->outstanding_known != 0));
	bad |= json_object_set_new(object, "fds", json_u64(sample->n_fds));
	bad |= json_object_set_new(object, "threads", json_u64(sample->n_threads));
	return json_checked(object, bad);
}

json_t *json_samples(const struct result *result, const struct samples *samples)
{
	json_t *array = json_array();
	int bad = 0;

	vec_foreach(sample, &samples->list)
		bad |= json_array_append_new(array, json_sample(result, sample));
	return json_checked(array, bad);
}
