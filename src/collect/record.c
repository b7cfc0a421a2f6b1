// SPDX-License-Identifier: BSD-2-Clause
/* The one order of all records: see record.h. */
#include "collect/record.h"

#include <errno.h>
#include <string.h>

#include "leaktrace/abi.h"

static int compare_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->time_ns != y->time_ns ? (x->time_ns < y->time_ns ? -1 : 1) :
					  (x->order > y->order) - (x->order < y->order);
}

void records_sort(struct records *records)
{
	if (records->items.n)
		qsort(records->items.items, records->items.n, sizeof(*records->items.items),
		      compare_records);
}

int records_add_event(struct records *records, const void *bytes, size_t n)
{
	const struct lt_event *event = bytes;
	struct record record = { .kind = RECORD_EVENT, .payload_bytes = (uint32_t)n };

	if (n < sizeof(*event))
		return 0;
	record.time_ns = event->time_ns;
	record.order = UINT64_MAX; /* at equal times, after the mapping it goes through */
	record.payload = malloc(n);
	if (!record.payload)
		return -ENOMEM;
	memcpy(record.payload, bytes, n);
	if (vec_push(&records->items, record) == 0)
		return 0;
	free(record.payload);
	return -ENOMEM;
}
