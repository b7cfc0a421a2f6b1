// SPDX-License-Identifier: BSD-2-Clause
/* Verdicts on blocks: see verdicts.h. */
#include "model/verdicts.h"

#include <errno.h>
#include <stdlib.h>

void verdicts_free(struct verdicts *verdicts)
{
	if (!verdicts)
		return;
	free(verdicts->items);
	free(verdicts->mappings);
	free(verdicts->hits);
	free(verdicts->roots);
	free(verdicts);
}

/*
 * Between FIRST and LAST, where ADDRESS should be if the addresses grew evenly. Those of a heap
 * nearly do, and each step of a plain binary search in millions of blocks is a cache miss.
 */
static size_t guess(const struct block_verdict *items, size_t first, size_t last, uint64_t address)
{
	uint64_t low = items[first].address, high = items[last].address;

	return first + (size_t)((unsigned __int128)(address - low) * (last - first) / (high - low));
}

static const struct block_verdict *find(const struct block_verdict *items, size_t n,
					uint64_t address)
{
	size_t first = 0, last = n - 1;

	for (bool halve = false;; halve = !halve) {
		size_t middle;

		if (address < items[first].address || address > items[last].address)
			return NULL;
		/* Every second step halves, so that uneven addresses cost little more. */
		middle = halve || first == last ? first + (last - first) / 2 :
						  guess(items, first, last, address);
		if (items[middle].address == address)
			return &items[middle];
		if (items[middle].address < address)
			first = middle + 1;
		else if (middle > first)
			last = middle - 1;
		else
			return NULL;
		if (first > last)
			return NULL;
	}
}

const struct block_verdict *verdicts_find(const struct verdicts *verdicts, uint64_t address,
					  uint64_t birth_ns)
{
	if (!verdicts || !verdicts->n || birth_ns > verdicts->time_ns)
		return NULL;
	return find(verdicts->items, verdicts->n, address);
}

const struct block_verdict *verdicts_get(const struct verdicts *verdicts, uint32_t number,
					 uint64_t address, uint64_t birth_ns)
{
	if (verdicts && number && number <= verdicts->n && birth_ns <= verdicts->time_ns &&
	    verdicts->items[number - 1].address == address)
		return &verdicts->items[number - 1];
	return verdicts_find(verdicts, address, birth_ns);
}

struct root_place verdicts_root(const struct verdicts *verdicts, uint32_t hit)
{
	const struct root_hit *found = hit < verdicts->n_hits ? &verdicts->hits[hit] : NULL;
	struct root_place place = { 0 };

	if (!found || found->root >= verdicts->n_roots)
		return place;
	place = verdicts->roots[found->root];
	if (place.kind == ROOT_GLOBAL)
		place.offset += found->address - place.address;
	place.address = found->address;
	return place;
}

const struct block_verdict *verdicts_find_mapping(const struct verdicts *verdicts, uint64_t group,
						  uint64_t birth_ns)
{
	if (!verdicts || !verdicts->n_mappings || birth_ns > verdicts->time_ns)
		return NULL;
	return find(verdicts->mappings, verdicts->n_mappings, group);
}

const char *verdicts_missing(int error)
{
	switch (error) {
	case -EPERM:
		return "another debugger or tracer had hold of it, or rights are missing";
	case -ETIME:
		return "looking through its memory took longer than --scan-timeout";
	case -ESRCH:
		return "it was killed while it was looked at";
	case -E2BIG:
		return "it holds more pointers than leaktrace has room for";
	case -ENOMEM:
		return "leaktrace had no memory left for it";
	default:
		return "the memory could not be read";
	}
}

const char *root_kind_name(enum root_kind kind)
{
	static const char *const names[_ROOT_KIND_MAX] = {
		[ROOT_NONE] = "nothing",
		[ROOT_GLOBAL] = "global data",
		[ROOT_STACK] = "the stack",
		[ROOT_REGISTER] = "a register",
		[ROOT_THREAD] = "thread data",
		[ROOT_MAPPING] = "mapped memory",
		[ROOT_UNKNOWN] = "older memory",
		[ROOT_APART] = "memory that nothing leads to",
		[ROOT_TEARDOWN] = "what was released to end",
	};

	return names[kind];
}
