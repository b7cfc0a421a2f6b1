// SPDX-License-Identifier: BSD-2-Clause
/* Sorted address ranges: see ranges.h. */
#include "symbol/ranges.h"

/* Real files nest a few levels; a made-up one must not turn each search into a walk over all. */
enum { RANGES_MAX_STEPS = 1024 };

void ranges_done(struct ranges *ranges)
{
	vec_done(&ranges->list);
}

int ranges_add(struct ranges *ranges, uint64_t lo, uint64_t hi, uint32_t rank, uint64_t value)
{
	if (lo >= hi)
		return 0;
	return vec_push(&ranges->list,
			(struct range){ .lo = lo, .hi = hi, .rank = rank, .value = value });
}

/* Ascending starts; among equal ones the better choice last, where the search comes first. */
static int range_compare(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi > b->hi ? -1 : 1;
	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return 0;
}

void ranges_sort(struct ranges *ranges)
{
	uint64_t max_hi = 0;

	if (!ranges->list.n)
		return;
	qsort(ranges->list.items, ranges->list.n, sizeof(*ranges->list.items), range_compare);
	vec_foreach(range, &ranges->list) {
		if (range->hi > max_hi)
			max_hi = range->hi;
		range->max_hi = max_hi;
	}
}

/* How many ranges start at AT or before it. */
static size_t ranges_count_before(const struct ranges *ranges, uint64_t at)
{
	size_t low = 0, high = ranges->list.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->list.items[middle].lo <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct range *ranges_last(const struct ranges *ranges, uint64_t at)
{
	size_t n = ranges_count_before(ranges, at);

	return n ? &ranges->list.items[n - 1] : NULL;
}

const struct range *ranges_find(const struct ranges *ranges, uint64_t at)
{
	size_t n = ranges_count_before(ranges, at);

	for (unsigned step = 0; n > 0 && step < RANGES_MAX_STEPS; step++) {
		const struct range *range = &ranges->list.items[--n];

		if (at < range->hi)
			return range;
		if (at >= range->max_hi)
			return NULL;
	}
	return NULL;
}
