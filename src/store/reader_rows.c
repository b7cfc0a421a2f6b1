// SPDX-License-Identifier: BSD-2-Clause
/* Tests, processes, call sites and marks out of a recording: see reader_rows.h. */
#include "store/reader_rows.h"

#include <errno.h>
#include <string.h>

int reader_loss(struct reader *reader, const struct cursor *cursor, const struct row_loss *row,
		struct losses *losses)
{
	if (!row->id)
		return cursor_wrong(cursor, "loss");
	for (int i = 0; i < _LOSS_MAX; i++) {
		if (strcmp(row->id, loss_id((enum loss)i)) != 0)
			continue;
		losses->counts[i] = row->n;
		return 0;
	}
	return diag_add(reader->diag, -ENOTSUP,
			"it tells of a loss that this leaktrace does not know (%s): a newer one "
			"wrote it",
			row->id);
}

static void test_free(struct test *test)
{
	free(test->name);
	free(test->suite);
	free(test->own_name);
	free(test->reason);
}

int reader_tests(struct reader *reader)
{
	struct tests *tests = &reader->recording->result.tests;
	_cleanup_(cursor_close) struct cursor cursor;
	int r = cursor_open(&cursor, reader->db, TABLE_TEST, &reader->source, reader->diag);

	while (r == 0 && !cursor.ended) {
		struct test test = { 0 };

		if (cursor.keys[0] != (int64_t)tests->items.n + 1)
			return cursor_wrong(&cursor, "id");
		r = cursor_take(&cursor, &test);
		/* The one around it began before: so there is no circle. */
		if (r == 0 &&
		    (!test.name || !test.own_name || !test.runner || test.parent > tests->items.n))
			r = cursor_wrong(&cursor, "a name, or parent");
		test.totals.judged &= reader->recording->result.totals.judged;
		if (r == 0)
			r = vec_push(&tests->items, test);
		if (r < 0)
			test_free(&test);
	}
	return r;
}

/* The tables whose rows belong to those of another one. */
struct process_cursors {
	struct cursor process;
	struct cursor arguments;
	struct cursor losses;
	struct cursor samples;
};

struct strings {
	VEC(char *) list;
};

static int take_arguments(struct cursor *cursor, int64_t id, struct process *process)
{
	struct strings strings = { 0 };
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct row_text row = { 0 };

		r = cursor_take(cursor, &row);
		if (r == 0 && !row.text)
			r = cursor_wrong(cursor, "text");
		/* Room for the NULL at the end as well. */
		if (r == 0)
			r = vec_reserve(&strings.list, 2);
		if (r < 0) {
			free(row.text);
			break;
		}
		strings.list.items[strings.list.n++] = row.text;
		strings.list.items[strings.list.n] = NULL;
	}
	process->command = strings.list.items;
	return r;
}

static int take_losses(struct reader *reader, struct cursor *cursor, int64_t id,
		       struct process *process)
{
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct row_loss row = { 0 };

		r = cursor_take(cursor, &row);
		if (r == 0)
			r = reader_loss(reader, cursor, &row, &process->losses);
		if (r < 0)
			return r;
	}
	return r;
}

static int take_samples(struct cursor *cursor, int64_t id, struct process *process)
{
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct process_sample sample = { 0 };

		r = cursor_take(cursor, &sample);
		if (r == 0 && process->samples.list.n == SAMPLES_MAX)
			r = cursor_wrong(cursor, "position");
		if (r == 0)
			r = vec_push(&process->samples.list, sample);
		if (r < 0)
			return r;
	}
	return r;
}

static int take_process(struct reader *reader, struct process_cursors *cursors,
			struct process *process)
{
	int64_t id = cursors->process.keys[0];
	int r;

	if (id != (int64_t)reader->recording->result.processes.n)
		return cursor_wrong(&cursors->process, "id");
	r = cursor_take(&cursors->process, process);
	if (r == 0 && process->test > reader->recording->result.tests.items.n)
		r = cursor_wrong(&cursors->process, "test");
	if (r == 0)
		r = take_arguments(&cursors->arguments, id, process);
	if (r == 0)
		r = take_losses(reader, &cursors->losses, id, process);
	return r < 0 ? r : take_samples(&cursors->samples, id, process);
}

static int read_processes(struct reader *reader, struct process_cursors *cursors)
{
	struct result *result = &reader->recording->result;
	int r = 0;

	while (r == 0 && !cursors->process.ended) {
		struct process process = { 0 };

		r = take_process(reader, cursors, &process);
		if (r == 0)
			r = vec_push(&result->processes, process);
		if (r < 0)
			process_done(&process);
	}
	if (r == 0)
		r = cursor_end(&cursors->arguments);
	if (r == 0)
		r = cursor_end(&cursors->losses);
	return r < 0 ? r : cursor_end(&cursors->samples);
}

int reader_processes(struct reader *reader)
{
	struct process_cursors cursors = { 0 };
	struct columns_source *source = &reader->source;
	struct diag *diag = reader->diag;
	int r = cursor_open(&cursors.process, reader->db, TABLE_PROCESS, source, diag);

	if (r == 0)
		r = cursor_open(&cursors.arguments, reader->db, TABLE_ARGUMENT, source, diag);
	if (r == 0)
		r = cursor_open(&cursors.losses, reader->db, TABLE_PROCESS_LOSS, source, diag);
	if (r == 0)
		r = cursor_open(&cursors.samples, reader->db, TABLE_SAMPLE, source, diag);
	if (r == 0)
		r = read_processes(reader, &cursors);
	cursor_close(&cursors.process);
	cursor_close(&cursors.arguments);
	cursor_close(&cursors.losses);
	cursor_close(&cursors.samples);
	return r;
}

struct site_cursors {
	struct cursor site;
	struct cursor objects;
	struct cursor growth;
};

static int check_site(const struct reader *reader, const struct cursor *cursor, struct site *site)
{
	const struct result *result = &reader->recording->result;

	if (site->key.process >= result->processes.n)
		return cursor_wrong(cursor, "process");
	if (reader_stack(reader, site->key.stack, &site->key.stack) < 0)
		return cursor_wrong(cursor, "stack");
	if (site->key.test > result->tests.items.n)
		return cursor_wrong(cursor, "test");
	if (site->root.module >= reader->recording->modules.items.n ||
	    (site->root.kind == ROOT_REGISTER && !site->root.name))
		return cursor_wrong(cursor, "root");
	return 0;
}

static int take_objects(const struct reader *reader, struct cursor *cursor, int64_t id,
			struct site *site)
{
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct object *object = &site->objects[site->n_objects];

		if (site->n_objects == SITE_MAX_OBJECTS)
			return cursor_wrong(cursor, "position");
		site->n_objects++;
		r = cursor_take(cursor, object);
		if (r == 0 && reader_stack(reader, object->routine, &object->routine) < 0)
			r = cursor_wrong(cursor, "routine");
		if (r < 0)
			return r;
	}
	return r;
}

/* For the site that was added last. */
static int take_growth(struct cursor *cursor, int64_t id, struct sites *sites)
{
	struct site *site = sites->items.items[sites->items.n - 1];
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct row_growth row = { 0 };

		r = cursor_take(cursor, &row);
		if (r == 0)
			r = vec_push(&site->growth, row.amount);
		if (r < 0)
			return r;
	}
	return r;
}

static int take_site(struct reader *reader, struct site_cursors *cursors, struct site *site)
{
	struct sites *sites = &reader->recording->result.sites;
	int64_t id = cursors->site.keys[0];
	int r;

	if (id != (int64_t)sites->items.n)
		return cursor_wrong(&cursors->site, "id");
	r = cursor_take(&cursors->site, site);
	if (r == 0)
		r = check_site(reader, &cursors->site, site);
	if (r == 0)
		r = take_objects(reader, &cursors->objects, id, site);
	if (r == 0)
		r = sites_merge(sites, site);
	/* No two have the same key. */
	if (r == 0 && id + 1 != (int64_t)sites->items.n)
		r = cursor_wrong(&cursors->site, "class");
	return r < 0 ? r : take_growth(&cursors->growth, id, sites);
}

static int read_sites(struct reader *reader, struct site_cursors *cursors)
{
	int r = 0;

	while (r == 0 && !cursors->site.ended) {
		struct object objects[SITE_MAX_OBJECTS] = { 0 };
		struct site site = { .objects = objects };

		r = take_site(reader, cursors, &site);
		for (uint32_t i = 0; i < site.n_objects; i++) {
			free(objects[i].target);
			free(objects[i].flags);
		}
	}
	if (r == 0)
		r = cursor_end(&cursors->objects);
	return r < 0 ? r : cursor_end(&cursors->growth);
}

int reader_sites(struct reader *reader)
{
	struct site_cursors cursors = { 0 };
	struct columns_source *source = &reader->source;
	int r = cursor_open(&cursors.site, reader->db, TABLE_SITE, source, reader->diag);

	if (r == 0)
		r = cursor_open(&cursors.objects, reader->db, TABLE_OBJECT, source, reader->diag);
	if (r == 0)
		r = cursor_open(&cursors.growth, reader->db, TABLE_GROWTH, source, reader->diag);
	if (r == 0)
		r = read_sites(reader, &cursors);
	cursor_close(&cursors.site);
	cursor_close(&cursors.objects);
	cursor_close(&cursors.growth);
	return r;
}

/* Each is about a later mark than the one before it. */
static int take_amounts(const struct marks *marks, struct cursor *cursor, int64_t id,
			struct mark_entry *entry)
{
	int r;

	while ((r = cursor_is_of(cursor, id)) > 0) {
		struct mark_amount row = { 0 };
		size_t n = entry->changes.n;

		r = cursor_take(cursor, &row);
		if (r == 0 && (row.mark >= marks->items.n ||
			       (n && row.mark <= entry->changes.items[n - 1].mark)))
			r = cursor_wrong(cursor, "mark");
		if (r == 0)
			r = vec_push(&entry->changes, row);
		if (r < 0)
			return r;
	}
	return r;
}

static int take_mark_site(struct reader *reader, struct cursor *cursor, struct cursor *amounts)
{
	struct result *result = &reader->recording->result;
	size_t n = HASH_COUNT(result->marks.entries);
	int64_t id = cursor->keys[0];
	struct mark_entry row = { 0 }, *entry;
	int r = id == (int64_t)n ? cursor_take(cursor, &row) : cursor_wrong(cursor, "id");

	if (r < 0)
		return r;
	if (row.key.process >= result->processes.n)
		return cursor_wrong(cursor, "process");
	if (reader_stack(reader, row.key.stack, &row.key.stack) < 0)
		return cursor_wrong(cursor, "stack");
	entry = marks_entry(&result->marks, &row.key);
	if (!entry)
		return -ENOMEM;
	/* No two have the same key. */
	if (HASH_COUNT(result->marks.entries) == n)
		return cursor_wrong(cursor, "process");
	return take_amounts(&result->marks, amounts, id, entry);
}

int reader_mark_sites(struct reader *reader)
{
	struct cursor cursor = { 0 }, amounts = { 0 };
	struct columns_source *source = &reader->source;
	int r = cursor_open(&cursor, reader->db, TABLE_MARK_SITE, source, reader->diag);

	if (r == 0)
		r = cursor_open(&amounts, reader->db, TABLE_MARK_AMOUNT, source, reader->diag);
	while (r == 0 && !cursor.ended)
		r = take_mark_site(reader, &cursor, &amounts);
	if (r == 0)
		r = cursor_end(&amounts);
	cursor_close(&cursor);
	cursor_close(&amounts);
	return r;
}
