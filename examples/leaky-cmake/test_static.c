// SPDX-License-Identifier: BSD-2-Clause
/* Holds a cache to its end, as many programs do: not released, but not lost either. */
#include "cache.h"

/* Not "static": the compiler would drop a variable that nobody reads. */
struct cache *shared;

int main(void)
{
	shared = cache_new();
	return !shared || cache_insert(shared, 1, 'a') || cache_find(shared, 1)[0] != 'a';
}
