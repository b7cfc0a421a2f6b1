// SPDX-License-Identifier: BSD-2-Clause
/* A cache of 4 KiB values by number: see cache.h. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

struct cache {
	char *values[CACHE_SLOTS];
};

struct cache *cache_new(void)
{
	return calloc(1, sizeof(struct cache));
}

void cache_free(struct cache *cache)
{
	for (unsigned i = 0; i < CACHE_SLOTS; i++)
		free(cache->values[i]);
	free(cache);
}

/* The bug of this demo: a value that was stored under the same key before is forgotten. */
int cache_insert(struct cache *cache, unsigned key, char fill)
{
	char *value = malloc(CACHE_VALUE_BYTES);

	if (!value)
		return -1;
	memset(value, fill, CACHE_VALUE_BYTES);
	cache->values[key % CACHE_SLOTS] = value;
	return 0;
}

const char *cache_find(const struct cache *cache, unsigned key)
{
	return cache->values[key % CACHE_SLOTS];
}
