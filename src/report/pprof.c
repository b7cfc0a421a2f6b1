// SPDX-License-Identifier: BSD-2-Clause
/*
 * A profile for pprof, compressed: what is held, by stack, with test, process, kind and class as
 * labels, and what was held at the peaks of processes. What was allocated in all is not counted by
 * stack, so there is no alloc_space.
 */
#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "base/stream.h"
#include "report/facts.h"
#include "report/pprof_parts.h"
#include "report/text.h"

enum value {
	VALUE_OBJECTS,
	VALUE_SPACE,
	VALUE_MAPPED,
	VALUE_FDS,
	VALUE_THREADS,
	VALUE_PEAK_OBJECTS,
	VALUE_PEAK_SPACE,
	_VALUE_MAX,
};

static const struct {
	const char *type;
	const char *unit;
} value_types[_VALUE_MAX] = {
	[VALUE_OBJECTS] = { "inuse_objects", "count" },
	[VALUE_SPACE] = { "inuse_space", "bytes" },
	[VALUE_MAPPED] = { "mapped_space", "bytes" },
	[VALUE_FDS] = { "fds", "count" },
	[VALUE_THREADS] = { "threads", "count" },
	[VALUE_PEAK_OBJECTS] = { "peak_objects", "count" },
	[VALUE_PEAK_SPACE] = { "peak_space", "bytes" },
};

enum label {
	LABEL_TEST,
	LABEL_PROCESS,
	LABEL_PID,
	LABEL_KIND,
	LABEL_CLASS,
	_LABEL_MAX,
};

/* Where nobody looked for peaks, there are no values of them: not even 0. */
static size_t values_count(const struct result *result)
{
	vec_foreach(process, &result->processes) {
		if (process->peak.n_looks)
			return _VALUE_MAX;
	}
	return VALUE_PEAK_OBJECTS;
}

static int pprof_head(struct pprof_parts *parts, size_t n_values)
{
	const struct result *result = parts->result;
	Pprof__Profile head = PPROF__PROFILE__INIT;
	Pprof__ValueType types[_VALUE_MAX], *list[_VALUE_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_values; i++) {
		types[i] = (Pprof__ValueType)PPROF__VALUE_TYPE__INIT;
		list[i] = &types[i];
		r = pprof_text(parts, value_types[i].type, &types[i].type);
		if (r == 0)
			r = pprof_text(parts, value_types[i].unit, &types[i].unit);
	}
	if (r < 0)
		return r;
	head.n_sample_type = n_values;
	head.sample_type = list;
	head.default_sample_type = types[VALUE_SPACE].type;
	head.duration_ns = (int64_t)facts_age_ns(result, result->started_ns);
	head.time_ns = (int64_t)result->started_unix_ns;
	return pprof_put(parts, &head);
}

/* What the reader must know, a line each: "go tool pprof -comments". */
static int pprof_comments(struct pprof_parts *parts, const struct report_options *options)
{
	const struct report_options plain = { .top = options->top };
	struct text text = { .result = parts->result, .options = &plain };
	_cleanup_free_ char *lines = NULL;
	char *rest;
	size_t n;
	int r;

	text.to = open_memstream(&lines, &n);
	if (!text.to)
		return -ENOMEM;
	r = text_notes(&text);
	text_losses(&text);
	rest = text_close(&text, r, &lines);
	if (!rest)
		return -ENOMEM;
	r = 0;
	for (char *line; r == 0 && (line = strsep(&rest, "\n")) && *line;) {
		Pprof__Profile piece = PPROF__PROFILE__INIT;
		int64_t comment;

		r = pprof_text(parts, line, &comment);
		piece.n_comment = 1;
		piece.comment = &comment;
		if (r == 0)
			r = pprof_put(parts, &piece);
	}
	return r;
}

static void values_fill(const struct site *site, int64_t values[_VALUE_MAX])
{
	int64_t n = (int64_t)site->n_blocks, bytes = (int64_t)site->bytes;

	if (site->key.class == CLASS_PEAK) {
		values[VALUE_PEAK_OBJECTS] = n;
		values[VALUE_PEAK_SPACE] = bytes;
		return;
	}
	switch (site->key.kind) {
	case KIND_MEMORY:
		values[VALUE_OBJECTS] = n;
		values[VALUE_SPACE] = bytes;
		break;
	case KIND_MAPPING:
		values[VALUE_MAPPED] = bytes;
		break;
	case KIND_FD:
		values[VALUE_FDS] = n;
		break;
	case KIND_THREAD:
		values[VALUE_THREADS] = n;
		break;
	}
}

static int labels_fill(struct pprof_parts *parts, const struct site *site,
		       Pprof__Label labels[_LABEL_MAX])
{
	const struct process *process = &parts->result->processes.items[site->key.process];
	const struct test *test = tests_get(&parts->result->tests, site->key.test);
	const struct {
		const char *key;
		const char *text;
		uint32_t number;
	} facts[_LABEL_MAX] = {
		[LABEL_TEST] = { "test", test ? test->name : "", 0 },
		[LABEL_PROCESS] = { "process", process_name(process), 0 },
		[LABEL_PID] = { "pid", NULL, process->pid },
		[LABEL_KIND] = { "kind", resource_kind_name(site->key.kind), 0 },
		[LABEL_CLASS] = { "class", resource_class_name(site->key.class), 0 },
	};
	int r = 0;

	for (int i = 0; r == 0 && i < _LABEL_MAX; i++) {
		labels[i] = (Pprof__Label)PPROF__LABEL__INIT;
		labels[i].number = facts[i].number;
		r = pprof_text(parts, facts[i].key, &labels[i].key);
		if (r == 0)
			r = pprof_text(parts, facts[i].text, &labels[i].text);
	}
	return r;
}

static int pprof_site(struct pprof_parts *parts, const struct site *site, size_t n_values)
{
	const struct stack *stack = stacks_get(parts->result->stacks, site->key.stack);
	_cleanup_free_ uint64_t *locations = calloc((size_t)stack->n + 1, sizeof(*locations));
	Pprof__Sample sample = PPROF__SAMPLE__INIT, *list = &sample;
	Pprof__Profile piece = PPROF__PROFILE__INIT;
	Pprof__Label labels[_LABEL_MAX], *label_list[_LABEL_MAX];
	int64_t values[_VALUE_MAX] = { 0 };
	int r;

	if (!locations)
		return -ENOMEM;
	r = labels_fill(parts, site, labels);
	for (uint32_t i = 0; r == 0 && i < stack->n; i++)
		r = pprof_location(parts, stacks_place(parts->result->stacks, stack, i),
				   &locations[i]);
	if (r < 0)
		return r;
	values_fill(site, values);
	/* The test is the first: who was in none has no such label. */
	for (int i = 0; i < _LABEL_MAX; i++)
		label_list[i] = &labels[i];
	sample.n_label = site->key.test ? _LABEL_MAX : _LABEL_MAX - 1;
	sample.label = site->key.test ? label_list : label_list + 1;
	sample.n_location = stack->n;
	sample.location = locations;
	sample.n_value = n_values;
	sample.value = values;
	piece.n_sample = 1;
	piece.sample = &list;
	return pprof_put(parts, &piece);
}

static int pprof_write(const struct result *result, const struct report_options *options,
		       struct gzip *gzip)
{
	_cleanup_(pprof_parts_done) struct pprof_parts parts;
	size_t n_values = values_count(result);
	int r = pprof_parts_init(&parts, result, gzip);

	if (r == 0)
		r = pprof_head(&parts, n_values);
	if (r == 0)
		r = pprof_comments(&parts, options);
	vec_foreach(site, &result->sites.items) {
		uint8_t class = (*site)->key.class;

		if (r == 0 && (resource_class_is_held(class) || class == CLASS_PEAK))
			r = pprof_site(&parts, *site, n_values);
	}
	return r < 0 ? r : gzip_finish(gzip);
}

int report_pprof(const struct result *result, const struct report_options *options, FILE *to)
{
	_cleanup_(gzip_closep) struct gzip *gzip = NULL;
	int r = gzip_open(to, &gzip);

	if (r == 0)
		r = pprof_write(result, options, gzip);
	if (r < 0)
		return r;
	return stream_flush(to);
}
