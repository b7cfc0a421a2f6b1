// SPDX-License-Identifier: BSD-2-Clause
/* A sorted list of memory that somebody owns: see owned.h. */
#include "scan/owned.h"

void owned_init(struct owned_list *list, const struct owned *items, size_t n)
{
	*list = (struct owned_list){ .items = items, .n = n };
	for (size_t i = 0; i < n; i++) {
		if (!items[i].mapping)
			continue;
		if (items[i].mapping > list->n_mappings)
			list->n_mappings = items[i].mapping;
		if (!list->end)
			list->least = items[i].start;
		list->end = items[i].end;
	}
}

uint32_t owned_search(const struct owned_list *list, uint64_t address)
{
	size_t low = 0, high = list->n;

	/* The first one that ends behind ADDRESS. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == list->n || list->items[low].start > address)
		return 0;
	return list->items[low].mapping;
}
