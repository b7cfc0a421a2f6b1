// SPDX-License-Identifier: BSD-2-Clause
/* A sorted list of executable mappings: see mappings.h. */
#include "model/mappings.h"

struct mappings *mappings_new(void)
{
	struct mappings *mappings = calloc(1, sizeof(*mappings));

	if (mappings)
		mappings->n_users = 1;
	return mappings;
}

struct mappings *mappings_ref(struct mappings *mappings)
{
	if (mappings)
		mappings->n_users++;
	return mappings;
}

void mappings_unref(struct mappings *mappings)
{
	if (!mappings || --mappings->n_users)
		return;
	vec_done(&mappings->list);
	free(mappings);
}

struct mappings *mappings_copy(const struct mappings *mappings)
{
	_cleanup_(mappings_unrefp) struct mappings *copy = mappings_new();

	if (!copy || vec_reserve(&copy->list, mappings->list.n) < 0)
		return NULL;
	if (mappings->list.n)
		memcpy(copy->list.items, mappings->list.items,
		       mappings->list.n * sizeof(*copy->list.items));
	copy->list.n = mappings->list.n;
	return TAKE_PTR(copy);
}

/* The index of the first mapping that ends above ADDRESS. */
static size_t mappings_above(const struct mappings *mappings, uint64_t address)
{
	size_t lo = 0, hi = mappings->list.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mappings->list.items[mid].end > address)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int mappings_add(struct mappings *mappings, const struct mapping *mapping)
{
	struct mapping pieces[3];
	struct mapping *items;
	size_t first = mappings_above(mappings, mapping->start);
	size_t last = first, n_pieces = 0;

	if (mapping->start >= mapping->end)
		return -EINVAL;
	if (vec_reserve(&mappings->list, 2) < 0)
		return -ENOMEM;
	items = mappings->list.items;
	while (last < mappings->list.n && items[last].start < mapping->end)
		last++;

	/* What stays of the overlapped ones: the head of the first, the tail of the last. */
	if (last > first && items[first].start < mapping->start) {
		pieces[n_pieces] = items[first];
		pieces[n_pieces++].end = mapping->start;
	}
	pieces[n_pieces++] = *mapping;
	if (last > first && items[last - 1].end > mapping->end) {
		pieces[n_pieces] = items[last - 1];
		pieces[n_pieces].offset += mapping->end - pieces[n_pieces].start;
		pieces[n_pieces++].start = mapping->end;
	}
	memmove(items + first + n_pieces, items + last, (mappings->list.n - last) * sizeof(*items));
	memcpy(items + first, pieces, n_pieces * sizeof(*items));
	mappings->list.n = mappings->list.n - (last - first) + n_pieces;
	return 0;
}

const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address)
{
	size_t i = mappings_above(mappings, address);

	if (i < mappings->list.n && mappings->list.items[i].start <= address)
		return &mappings->list.items[i];
	return NULL;
}
