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
	free(verdicts->roots);
	free(verdicts);
}

static int compare_address(const void *key, const void *item)
{
	uint64_t address = *(const uint64_t *)key;
	const struct block_verdict *verdict = item;

	return (address > verdict->address) - (address < verdict->address);
}

const struct block_verdict *verdicts_find(const struct verdicts *verdicts, uint64_t address,
					  uint64_t birth_ns)
{
	if (!verdicts || !verdicts->n || birth_ns > verdicts->time_ns)
		return NULL;
	return bsearch(&address, verdicts->items, verdicts->n, sizeof(*verdicts->items),
		       compare_address);
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
		[ROOT_NONE] = "nothing",	 [ROOT_GLOBAL] = "global data",
		[ROOT_STACK] = "the stack",	 [ROOT_REGISTER] = "a register",
		[ROOT_THREAD] = "thread data",	 [ROOT_MAPPING] = "mapped memory",
		[ROOT_UNKNOWN] = "older memory",
	};

	return names[kind];
}
