// SPDX-License-Identifier: BSD-2-Clause
/* Passes, and leaks: storing under one key four times loses three values. */
#include "cache.h"

int main(void)
{
	struct cache *cache = cache_new();
	int bad;

	if (!cache)
		return 1;
	for (char fill = 'a'; fill <= 'd'; fill++) {
		if (cache_insert(cache, 7, fill))
			return 1;
	}
	bad = cache_find(cache, 7)[0] != 'd';
	cache_free(cache);
	return bad;
}
