// SPDX-License-Identifier: BSD-2-Clause
/* The one order of all records: see record.h. */
#include "collect/record.h"

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
