// SPDX-License-Identifier: BSD-2-Clause
/* A list of areas that are painted over, cut and moved: see areas.h. */
#include "model/areas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Areas that have been taken out. */
struct pieces {
	VEC(struct area) list;
};

static void pieces_done(struct pieces *pieces)
{
	vec_done(&pieces->list);
}

struct areas *areas_new(void)
{
	return calloc(1, sizeof(struct areas));
}

void areas_free(struct areas *areas)
{
	if (!areas)
		return;
	vec_done(&areas->list);
	vec_done(&areas->owed);
	free(areas);
}

struct areas *areas_copy(const struct areas *areas)
{
	_cleanup_(areas_freep) struct areas *copy = areas_new();

	if (!copy || vec_reserve(&copy->list, areas->list.n) < 0)
		return NULL;
	/* What other threads owe is not the child's: it has only the one that called fork. */
	vec_foreach(area, &areas->list) {
		copy->list.items[copy->list.n] = *area;
		copy->list.items[copy->list.n++].inherited = true;
	}
	copy->last_id = areas->last_id;
	return TAKE_PTR(copy);
}

/* The index of the first area of the list that starts below ADDRESS. */
static size_t list_below(const struct areas *areas, uint64_t address)
{
	size_t lo = 0, hi = areas->list.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (areas->list.items[mid].start < address)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Replaces N items from index I on by N_NEW others; there must be room for them. */
static void list_replace(struct areas *areas, size_t i, size_t n, const struct area *with,
			 size_t n_new)
{
	struct area *items = areas->list.items;

	memmove(items + i + n_new, items + i + n, (areas->list.n - i - n) * sizeof(*items));
	if (n_new)
		memcpy(items + i, with, n_new * sizeof(*items));
	areas->list.n = areas->list.n - n + n_new;
}

static uint64_t highest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t lowest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct area area_part(const struct area *area, uint64_t start, uint64_t end)
{
	struct area part = *area;

	part.start = highest(area->start, start);
	part.end = lowest(area->end, end);
	return part;
}

/* Takes [START, END) out of the list; what it held is added to PIECES unless that is NULL. */
static int list_take(struct areas *areas, uint64_t start, uint64_t end, struct pieces *pieces)
{
	size_t first = list_below(areas, end), last = first, n_kept = 0;
	struct area kept[2];

	/* One area may become two. */
	if (vec_reserve(&areas->list, 1) < 0)
		return -ENOMEM;
	while (last < areas->list.n && areas->list.items[last].end > start)
		last++;
	if (first == last)
		return 0;
	for (size_t i = first; pieces && i < last; i++) {
		if (vec_push(&pieces->list, area_part(&areas->list.items[i], start, end)) < 0)
			return -ENOMEM;
	}
	if (areas->list.items[first].end > end)
		kept[n_kept++] = area_part(&areas->list.items[first], end, UINT64_MAX);
	if (areas->list.items[last - 1].start < start)
		kept[n_kept++] = area_part(&areas->list.items[last - 1], 0, start);
	list_replace(areas, first, last - first, kept, n_kept);
	return 0;
}

/* Puts an area where nothing is; parts of one mapping that touch become one area. */
static int list_put(struct areas *areas, const struct area *area)
{
	size_t i = list_below(areas, area->end), n = 0;
	struct area whole = *area;

	if (vec_reserve(&areas->list, 1) < 0)
		return -ENOMEM;
	if (i < areas->list.n && areas->list.items[i].end == area->start &&
	    areas->list.items[i].id == area->id) {
		whole.start = areas->list.items[i].start;
		n++;
	}
	if (i > 0 && areas->list.items[i - 1].start == area->end &&
	    areas->list.items[i - 1].id == area->id) {
		whole.end = areas->list.items[i - 1].end;
		i--;
		n++;
	}
	list_replace(areas, i, n, &whole, 1);
	return 0;
}

/* The owed area that begins lowest of those in [START, END), or NULL. */
static struct area *owed_find(struct areas *areas, uint64_t start, uint64_t end)
{
	struct area *found = NULL;

	vec_foreach(owed, &areas->owed) {
		if (owed->start < end && owed->end > start &&
		    (!found || owed->start < found->start))
			found = owed;
	}
	return found;
}

/* Takes the part [START, END) out of what is owed. */
static int owed_pay(struct areas *areas, struct area *owed, uint64_t start, uint64_t end)
{
	struct area rest = *owed;

	if (rest.start < start && rest.end > end) {
		owed->end = start;
		rest.start = end;
		return vec_push(&areas->owed, rest);
	}
	if (rest.start < start)
		owed->end = start;
	else if (rest.end > end)
		owed->start = end;
	else
		*owed = areas->owed.items[--areas->owed.n];
	return 0;
}

/* Takes [START, END) out, for a call that was seen only now: what it owes first. */
static int areas_take(struct areas *areas, uint64_t start, uint64_t end, struct pieces *pieces)
{
	while (start < end) {
		struct area *owed = owed_find(areas, start, end);
		struct area part;
		int r;

		if (!owed)
			return list_take(areas, start, end, pieces);
		part = area_part(owed, start, end);
		r = list_take(areas, start, part.start, pieces);
		if (r == 0 && pieces)
			r = vec_push(&pieces->list, part);
		if (r == 0)
			r = owed_pay(areas, owed, part.start, part.end);
		if (r < 0)
			return r;
		start = part.end;
	}
	return 0;
}

/* So many threads are not between an unmapping and its end: then events have been lost. */
enum { OWED_MAX = 1024 };

/* Makes room for AREA and puts it there. */
static int areas_paint(struct areas *areas, const struct area *area, bool fixed)
{
	_cleanup_(pieces_done) struct pieces covered = { 0 };
	int r;

	if (area->start >= area->end)
		return -EINVAL;
	r = list_take(areas, area->start, area->end, fixed ? NULL : &covered);
	if (r < 0)
		return r;
	vec_foreach(piece, &covered.list) {
		/* procfs had it already, when the call that made it was still on the way. */
		if (piece->owner == AREA_BEFORE && piece->birth_ns > area->birth_ns)
			continue;
		if (areas->owed.n >= OWED_MAX)
			areas->owed.n = 0;
		if (vec_push(&areas->owed, *piece) < 0)
			return -ENOMEM;
	}
	return list_put(areas, area);
}

/*
 * The group of a mapping that takes the place of others. Who reserves memory and then puts it to
 * use part by part may have a pointer to its beginning alone.
 */
static uint64_t areas_group_at(const struct areas *areas, const struct area *fresh)
{
	const struct area *before = areas_next(areas, fresh->start);

	if (!before || before->start >= fresh->end || before->owner != fresh->owner)
		return fresh->id;
	return before->group;
}

int areas_map(struct areas *areas, const struct area *area, bool fixed)
{
	struct area fresh = *area;

	fresh.id = ++areas->last_id;
	if (!fresh.group)
		fresh.group = fixed ? areas_group_at(areas, &fresh) : fresh.id;
	return areas_paint(areas, &fresh, fixed);
}

int areas_unmap(struct areas *areas, uint64_t start, uint64_t end)
{
	return start < end ? areas_take(areas, start, end, NULL) : -EINVAL;
}

void areas_detach(struct areas *areas, uint64_t start)
{
	const struct area *first = areas_find(areas, start);
	uint64_t id = first ? first->id : 0;
	size_t n = 0;

	if (!first || first->start != start)
		return;
	vec_foreach(area, &areas->list) {
		if (area->id != id)
			areas->list.items[n++] = *area;
	}
	areas->list.n = n;
}

int areas_move(struct areas *areas, const struct area_move *move)
{
	_cleanup_(pieces_done) struct pieces pieces = { 0 };
	uint64_t from_end, to_end, bytes = lowest(move->from_bytes, move->to_bytes);
	int r;

	if (__builtin_add_overflow(move->from, move->from_bytes, &from_end) ||
	    __builtin_add_overflow(move->to, move->to_bytes, &to_end) || bytes == 0)
		return -EINVAL;
	r = areas_take(areas, move->from, from_end, &pieces);
	vec_foreach(piece, &pieces.list) {
		bool at_end = piece->end == from_end;

		if (piece->start >= move->from + bytes)
			continue;
		*piece = area_part(piece, move->from, move->from + bytes);
		piece->start += move->to - move->from;
		/* What is new behind the end belongs to the mapping that was there. */
		piece->end = at_end ? to_end : piece->end + (move->to - move->from);
		if (r == 0)
			r = areas_paint(areas, piece, move->fixed);
	}
	return r;
}

const struct area *areas_find(const struct areas *areas, uint64_t address)
{
	const struct area *area = areas_next(areas, address);

	return area && area->start <= address ? area : NULL;
}

const struct area *areas_next(const struct areas *areas, uint64_t address)
{
	size_t i = list_below(areas, address);

	if (i < areas->list.n && areas->list.items[i].end > address)
		return &areas->list.items[i];
	return i > 0 ? &areas->list.items[i - 1] : NULL;
}

bool areas_name(struct areas *areas, uint64_t start, uint64_t end, uint32_t name)
{
	bool found = false;

	for (size_t i = list_below(areas, end);
	     i < areas->list.n && areas->list.items[i].end > start; i++) {
		struct area *area = &areas->list.items[i];

		if (area->backing != AREA_FILE || area->name)
			continue;
		area->name = name;
		found = true;
	}
	return found;
}

bool areas_want_names(const struct areas *areas, enum area_owner owner)
{
	vec_foreach(area, &areas->list) {
		if (area->owner == owner && area->backing == AREA_FILE && !area->name)
			return true;
	}
	return false;
}

static int compare_ids(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

int areas_each(const struct areas *areas,
	       int (*visit)(void *data, const struct area *mapping, uint64_t bytes), void *data)
{
	_cleanup_free_ struct area *sorted = calloc(areas->list.n + 1, sizeof(*sorted));
	size_t i = 0;
	int r = 0;

	if (!sorted)
		return -ENOMEM;
	if (areas->list.n)
		memcpy(sorted, areas->list.items, areas->list.n * sizeof(*sorted));
	qsort(sorted, areas->list.n, sizeof(*sorted), compare_ids);
	while (r >= 0 && i < areas->list.n) {
		struct area mapping = sorted[i];
		uint64_t bytes = 0;

		for (; i < areas->list.n && sorted[i].id == mapping.id; i++) {
			const struct area *part = &sorted[i];

			bytes += part->end - part->start;
			mapping.end = part->end;
		}
		r = visit(data, &mapping, bytes);
	}
	return r < 0 ? r : 0;
}
