// SPDX-License-Identifier: BSD-2-Clause
/* Free parts of an array: see spans.h. */
#include "unwind/spans.h"

void spans_done(struct spans *spans)
{
	vec_done(&spans->list);
}

static void span_remove(struct spans *spans, size_t i)
{
	struct span *items = spans->list.items;

	memmove(items + i, items + i + 1, (--spans->list.n - i) * sizeof(*items));
}

int spans_give(struct spans *spans, uint32_t first, uint32_t n)
{
	struct span *items;
	size_t i = 0;

	if (!n)
		return 0;
	if (vec_reserve(&spans->list, 1) < 0)
		return -ENOMEM;
	items = spans->list.items;
	while (i < spans->list.n && items[i].first < first)
		i++;
	memmove(items + i + 1, items + i, (spans->list.n++ - i) * sizeof(*items));
	items[i] = (struct span){ first, n };
	if (i + 1 < spans->list.n && items[i + 1].first == first + n) {
		items[i].n += items[i + 1].n;
		span_remove(spans, i + 1);
	}
	if (i && items[i - 1].first + items[i - 1].n == first) {
		items[i - 1].n += items[i].n;
		span_remove(spans, i);
	}
	return 0;
}

bool spans_take(struct spans *spans, size_t n, uint32_t *ret_first)
{
	for (size_t i = 0; n && i < spans->list.n; i++) {
		struct span *span = &spans->list.items[i];

		if (span->n < n)
			continue;
		*ret_first = span->first;
		span->first += (uint32_t)n;
		span->n -= (uint32_t)n;
		if (!span->n)
			span_remove(spans, i);
		return true;
	}
	return false;
}
