// SPDX-License-Identifier: BSD-2-Clause
/* Gives back all that it took. */
#include "cache.h"

int main(void)
{
	struct cache *cache = cache_new();
	int bad;

	if (!cache || cache_insert(cache, 1, 'a') || cache_insert(cache, 2, 'b'))
		return 1;
	bad = cache_find(cache, 2)[100] != 'b' || cache_find(cache, 3);
	cache_free(cache);
	return bad;
}
