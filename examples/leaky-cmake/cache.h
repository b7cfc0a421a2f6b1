/* SPDX-License-Identifier: BSD-2-Clause */
/* A cache of 4 KiB values by number. One of its functions leaks. */
#ifndef CACHE_H
#define CACHE_H

enum { CACHE_SLOTS = 64, CACHE_VALUE_BYTES = 4096 };

struct cache;

struct cache *cache_new(void);
void cache_free(struct cache *cache);

/* Stores a value of CACHE_VALUE_BYTES bytes, all of them FILL, under KEY. 0, or -1. */
int cache_insert(struct cache *cache, unsigned key, char fill);

/* The value, or a null pointer. */
const char *cache_find(const struct cache *cache, unsigned key);

#endif
