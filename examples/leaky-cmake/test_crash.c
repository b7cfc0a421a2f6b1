// SPDX-License-Identifier: BSD-2-Clause
/* Dies in the middle of its work: what it held then is no leak of the code. */
#include <stdlib.h>

#include "cache.h"

int main(void)
{
	struct cache *cache = cache_new();

	if (!cache || cache_insert(cache, 1, 'a'))
		return 1;
	if (cache_find(cache, 1)[0] == 'a')
		abort();
	cache_free(cache);
	return 0;
}
