// SPDX-License-Identifier: BSD-2-Clause
/* Marks and growth between them: see marks.h. */
#include "model/marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/result.h"

static void entries_done(struct mark_entry *entries)
{
	struct mark_entry *entry, *next;

	HASH_ITER(hh, entries, entry, next) {
		HASH_DEL(entries, entry);
		vec_done(&entry->changes);
		free(entry);
	}
}

void marks_done(struct marks *marks)
{
	vec_foreach(mark, &marks->items)
		free(mark->name);
	vec_done(&marks->items);
	entries_done(marks->entries);
	marks->entries = NULL;
}

struct mark_entry *marks_entry(struct marks *marks, const struct site_key *of)
{
	struct site_key key = {
		.process = of->process, .stack = of->stack, .kind = of->kind, .class = CLASS_GROWTH
	};
	struct mark_entry *entry;

	HASH_FIND(hh, marks->entries, &key, sizeof(key), entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->key = key;
	HASH_ADD(hh, marks->entries, key, sizeof(entry->key), entry);
	if (table_added(entry))
		return entry;
	free(entry);
	return NULL;
}

/* What the entry held at the mark with this number. */
static struct mark_amount entry_at(const struct mark_entry *entry, uint32_t mark)
{
	struct mark_amount amount = { 0 };

	vec_foreach(change, &entry->changes) {
		if (change->mark > mark)
			break;
		amount = *change;
	}
	return amount;
}

static bool amount_is(const struct mark_amount *a, const struct mark_amount *b)
{
	return a->bytes == b->bytes && a->n_blocks == b->n_blocks;
}

/* Every second automatic mark goes, the last one aside. Returns how many are left. */
static size_t thin_marks(struct marks *marks, uint32_t new_numbers[MARKS_MAX])
{
	size_t n = 0, n_automatic = 0;

	for (size_t i = 0; i < marks->items.n; i++) {
		struct mark_point *mark = &marks->items.items[i];
		bool goes = mark->is_automatic && n_automatic++ % 2 && i + 1 < marks->items.n;

		/* What changed at one that goes has changed at the next one that stays. */
		new_numbers[i] = (uint32_t)n;
		if (goes)
			free(mark->name);
		else
			marks->items.items[n++] = *mark;
	}
	return n;
}

static void thin_changes(struct mark_entry *entry, const uint32_t new_numbers[MARKS_MAX])
{
	size_t n = 0;

	vec_foreach(change, &entry->changes) {
		struct mark_amount moved = *change;

		moved.mark = new_numbers[moved.mark];
		if (n && entry->changes.items[n - 1].mark == moved.mark)
			n--;
		entry->changes.items[n++] = moved;
	}
	entry->changes.n = n;
}

static void marks_thin(struct marks *marks)
{
	uint32_t new_numbers[MARKS_MAX];
	struct mark_entry *entry, *next;

	marks->items.n = thin_marks(marks, new_numbers);
	marks->n_thinned++;
	HASH_ITER(hh, marks->entries, entry, next)
		thin_changes(entry, new_numbers);
}

/* Whether what SITE holds can be compared between two moments. */
static bool site_is_counted(const struct site *site)
{
	return resource_class_is_held(site->key.class) && site->key.class != CLASS_BEFORE_ATTACH;
}

/* Which processes count: those that live, or those that lived at the only mark. */
struct moment {
	uint64_t since_ns; /* of that mark; 0: now */
	uint32_t without;  /* but for this pid, 0: all */
};

static bool process_is_counted(const struct process *process, const struct moment *moment)
{
	bool runs = process->end == END_RUNNING;

	if (!moment->since_ns)
		return runs && process->pid != moment->without;
	return process->start_ns <= moment->since_ns &&
	       (runs || process->end_ns >= moment->since_ns);
}

static int marks_add_up(struct marks *marks, const struct result *result,
			const struct moment *moment)
{
	vec_foreach(item, &result->sites.items) {
		const struct site *site = *item;
		const struct process *process = &result->processes.items[site->key.process];
		struct mark_entry *entry;

		if (!site_is_counted(site) || !process_is_counted(process, moment))
			continue;
		entry = marks_entry(marks, &site->key);
		if (!entry)
			return -ENOMEM;
		entry->now.bytes += site->bytes;
		entry->now.n_blocks += site->n_blocks;
	}
	return 0;
}

/* What has been added up becomes what was held at the mark with this number. */
static int marks_settle(struct marks *marks, uint32_t number)
{
	struct mark_entry *entry, *next;
	int r = 0;

	HASH_ITER(hh, marks->entries, entry, next) {
		struct mark_amount before = entry_at(entry, number);

		entry->now.mark = number;
		if (r == 0 && !amount_is(&before, &entry->now))
			r = vec_push(&entry->changes, entry->now);
		entry->now = (struct mark_amount){ 0 };
	}
	return r;
}

int marks_take(struct marks *marks, const struct result *result, const char *name,
	       const struct mark_point *mark, uint32_t without)
{
	const struct moment now = { .without = without };
	struct mark_point fresh = *mark;
	int r;

	fresh.name = strdup(name);
	r = fresh.name ? 0 : -ENOMEM;
	if (r == 0 && marks->items.n == MARKS_MAX)
		marks_thin(marks);
	if (r == 0 && marks->items.n == MARKS_MAX)
		r = -ENOSPC;
	if (r == 0)
		r = marks_add_up(marks, result, &now);
	if (r == 0)
		r = marks_settle(marks, (uint32_t)marks->items.n);
	if (r == 0)
		r = vec_push(&marks->items, fresh);
	if (r < 0)
		free(fresh.name);
	return r;
}

static uint64_t entry_amount(const struct mark_entry *entry, const struct mark_amount *amount)
{
	return resource_kind_has_bytes(entry->key.kind) ? amount->bytes : amount->n_blocks;
}

/* Its site, if it holds more at the last of N moments than at the first. */
static int entry_add_site(const struct mark_entry *entry, uint32_t n, uint64_t time_ns,
			  struct sites *sites)
{
	struct mark_amount first = entry_at(entry, 0), last = entry_at(entry, n - 1);
	struct site *site;
	int r;

	if (entry_amount(entry, &last) <= entry_amount(entry, &first))
		return 0;
	r = sites_add_amount(sites, &entry->key, last.n_blocks, last.bytes, time_ns);
	if (r < 0)
		return r;
	site = sites_find(sites, &entry->key);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		struct mark_amount at = entry_at(entry, i);

		r = vec_push(&site->growth, entry_amount(entry, &at));
	}
	return r;
}

/* After the only mark: what has grown up to the report. */
static int since_add_sites(struct result *result)
{
	const struct mark_point *mark = &result->marks.items.items[0];
	_cleanup_(marks_done) struct marks since = { 0 };
	struct mark_entry *entry, *next, *before;
	const struct moment moment = { .since_ns = mark->time_ns };
	int r = marks_add_up(&since, result, &moment);

	HASH_ITER(hh, since.entries, entry, next) {
		HASH_FIND(hh, result->marks.entries, &entry->key, sizeof(entry->key), before);
		if (r == 0 && before && before->changes.n)
			r = vec_push(&entry->changes, before->changes.items[0]);
	}
	if (r == 0)
		r = marks_settle(&since, 1);
	HASH_ITER(hh, since.entries, entry, next) {
		if (r == 0)
			r = entry_add_site(entry, 2, mark->time_ns, &result->sites);
	}
	return r;
}

int marks_add_sites(struct result *result)
{
	const struct marks *marks = &result->marks;
	struct mark_entry *entry, *next;
	int r = 0;

	if (!marks->items.n)
		return 0;
	if (marks->items.n == 1)
		return since_add_sites(result);
	HASH_ITER(hh, marks->entries, entry, next) {
		if (r == 0)
			r = entry_add_site(entry, (uint32_t)marks->items.n,
					   marks->items.items[0].time_ns, &result->sites);
	}
	return r;
}

static bool name_is(const struct mark_point *mark, const char *name, size_t n)
{
	return strlen(mark->name) == n && memcmp(mark->name, name, n) == 0;
}

/* Of several marks with a name, the first begins, and the last one ends. */
static bool marks_find_names(const struct marks *marks, const char *names, const char *comma,
			     uint32_t *ret_first, uint32_t *ret_last)
{
	bool begins = false, ends = false;

	for (uint32_t i = 0; i < marks->items.n; i++) {
		const struct mark_point *mark = &marks->items.items[i];

		if (!begins && name_is(mark, names, (size_t)(comma - names))) {
			*ret_first = i;
			begins = true;
		}
		if (name_is(mark, comma + 1, strlen(comma + 1))) {
			*ret_last = i;
			ends = true;
		}
	}
	return begins && ends;
}

int marks_find(const struct marks *marks, const char *names, uint32_t *ret_first,
	       uint32_t *ret_last)
{
	/* Names may have commas themselves. */
	for (const char *comma = strchr(names, ','); comma; comma = strchr(comma + 1, ',')) {
		if (marks_find_names(marks, names, comma, ret_first, ret_last))
			return 0;
	}
	return -ENOENT;
}

/* What was held at the first mark is the first change, if it was anything. */
static void entry_cut(struct mark_entry *entry, uint32_t first, uint32_t last)
{
	struct mark_amount at_first = entry_at(entry, first);
	size_t n = 0, n_before = entry->changes.n;

	at_first.mark = 0;
	if (at_first.bytes || at_first.n_blocks)
		entry->changes.items[n++] = at_first;
	for (size_t i = 0; i < n_before; i++) {
		struct mark_amount change = entry->changes.items[i];

		if (change.mark <= first || change.mark > last)
			continue;
		change.mark -= first;
		entry->changes.items[n++] = change;
	}
	entry->changes.n = n;
}

static bool is_not_of_marks(const void *data, const struct site *site)
{
	(void)data;
	return site->key.class != CLASS_GROWTH || site->key.test;
}

int marks_cut(struct result *result, uint32_t first, uint32_t last)
{
	struct marks *marks = &result->marks;
	struct mark_entry *entry, *next;
	size_t n = 0;

	HASH_ITER(hh, marks->entries, entry, next)
		entry_cut(entry, first, last);
	for (size_t i = 0; i < marks->items.n; i++) {
		if (i >= first && i <= last)
			marks->items.items[n++] = marks->items.items[i];
		else
			free(marks->items.items[i].name);
	}
	marks->items.n = n;
	sites_keep(&result->sites, is_not_of_marks, NULL);
	return marks_add_sites(result);
}
