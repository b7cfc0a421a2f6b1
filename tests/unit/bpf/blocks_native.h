/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf/blocks.bpf.c as part of a test, on the maps of bpf_shim.h, and a few things that its
 * tests share. To be included by one test file.
 */
#ifndef LT_TESTS_BLOCKS_NATIVE_H
#define LT_TESTS_BLOCKS_NATIVE_H

#include "bpf/bpf_shim.h"

/* Clang's unroll; and level_add() is global for the verifier's sake only. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "../../../bpf/blocks.bpf.c"
#pragma GCC diagnostic pop

/* From here on libbpf's own functions are meant. */
#undef bpf_map_lookup_elem
#undef bpf_map_update_elem
#undef bpf_map_delete_elem
#undef bpf_ringbuf_output
#undef bpf_ringbuf_query
#undef bpf_ktime_get_ns

/* xorshift64*, with a fixed seed: every run is the same. */
static inline __u64 random_next(__u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* A block whose members all depend on SEED. */
static inline struct lt_block block_of(__u64 seed)
{
	return (struct lt_block){ .size_stack = (seed * 0x9e3779b97f4a7c15ull) | 1,
				  .birth = (__u32)(seed * 2654435761u),
				  .epoch = (__u32)seed };
}

static inline bool block_equals(const struct lt_block *a, const struct lt_block *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* How many slots of a level are in use, or being written to. */
static inline size_t level_n_used(__u32 level)
{
	size_t n = 0;

	for (size_t i = 0; i < shim_level_buckets(level); i++) {
		for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++)
			n += shim.levels[level].buckets[i].keys[slot] != 0;
	}
	return n;
}

/* Every key that is in its second bucket has been counted in its first one, and no other. */
static inline bool level_spills_are_right(__u32 level)
{
	const struct lt_bucket *buckets = shim.levels[level].buckets;
	size_t n = shim_level_buckets(level);
	__u64 *n_spilled = calloc(n, sizeof(*n_spilled));
	bool right = n_spilled;

	for (size_t i = 0; right && i < n; i++) {
		for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++) {
			__u64 key = buckets[i].keys[slot];
			size_t first = lt_first_bucket(key) & (n - 1);

			n_spilled[first] += key && first != i;
		}
	}
	for (size_t i = 0; right && i < n; i++)
		right = buckets[i].n_spilled == n_spilled[i];
	free(n_spilled);
	return right;
}

static inline bool spills_are_right(void)
{
	for (__u32 level = 0; level < LT_LEVELS; level++) {
		if (shim.levels[level].buckets && !level_spills_are_right(level))
			return false;
	}
	return true;
}

/* The same for all levels, and the overflow: 0 when every block has been removed. */
static inline size_t blocks_n_used(void)
{
	size_t n = shim_n_overflow();

	for (__u32 level = 0; level < LT_LEVELS; level++) {
		if (shim.levels[level].buckets)
			n += level_n_used(level);
	}
	return n;
}

#endif
