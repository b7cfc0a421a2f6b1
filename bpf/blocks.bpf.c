// SPDX-License-Identifier: GPL-2.0
/*
 * The table of live blocks (abi.h has its layout). Pure logic over the maps; also compiled
 * natively, with the maps replaced, for the unit tests.
 */
#include "maps.bpf.h"
#include "blocks.bpf.h"
#include "events.bpf.h"

/* The key of a block in the table, or 0 when it only fits into lt_overflow. */
static __always_inline __u64 block_key(__u32 space, __u64 address)
{
	if ((address & 7) || address >> (LT_KEY_ADDR_BITS + 3))
		return 0;
	return (__u64)space << LT_KEY_ADDR_BITS | address >> 3;
}

/* MurmurHash3's finalizer: every bit of the key reaches both halves of the result. */
static __always_inline __u64 block_hash(__u64 key)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdull;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ull;
	key ^= key >> 33;
	return key;
}

static __always_inline void *level_map(__u32 level)
{
	return bpf_map_lookup_elem(&lt_levels, &level);
}

/* The first or second bucket of a hash in a level. */
static __always_inline struct lt_bucket *level_bucket(void *map, __u32 level, __u64 hash,
						      bool second)
{
	__u32 mask = (LT_LEVEL0_BUCKETS << level) - 1;
	__u32 index = (second ? (__u32)(hash >> 32) : (__u32)hash) & mask;

	return bpf_map_lookup_elem(map, &index);
}

/* Takes the block with KEY out of the bucket; false if it is not there. */
static __always_inline bool bucket_remove(struct lt_bucket *bucket, __u64 key,
					  struct lt_block *ret_block)
{
#pragma unroll
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		if (bucket->keys[i] != key)
			continue;
		*ret_block = bucket->blocks[i];
		/* Two racing releases of a block are the target's bug: only one counts. */
		return __sync_val_compare_and_swap(&bucket->keys[i], key, 0) == key;
	}
	return false;
}

/* KEY != 0, without a branch: the verifier would walk both ways at each of 16 slots. */
static __always_inline __u64 is_used(__u64 key)
{
	__u64 sign = key | -key;

	barrier_var(sign);
	return sign >> 63;
}

/* Overwrites the block with KEY; false if it is not there. Counts the slots in use. */
static __always_inline bool bucket_replace(struct lt_bucket *bucket, __u64 key,
					   const struct lt_block *block, __u64 *ret_load)
{
	__u64 load = 0;

#pragma unroll
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		__u64 found = bucket->keys[i];

		if (found == key) {
			bucket->blocks[i] = *block;
			return true;
		}
		load += is_used(found);
	}
	*ret_load = load;
	return false;
}

/*
 * Puts the block into a free slot of the bucket; false if there is none. A slot is claimed with
 * a key that no block has, filled, then published, so that a reader never sees a block half
 * written.
 */
static __always_inline bool bucket_insert(struct lt_bucket *bucket, __u64 key,
					  const struct lt_block *block)
{
	const __u64 claimed = ~0ull;

#pragma unroll
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		if (bucket->keys[i] != 0)
			continue;
		if (__sync_val_compare_and_swap(&bucket->keys[i], 0, claimed) != 0)
			continue;
		bucket->blocks[i] = *block;
		__sync_lock_test_and_set(&bucket->keys[i], key);
		return true;
	}
	return false;
}

enum level_add {
	LEVEL_FULL,
	LEVEL_ADDED,
	LEVEL_CROWDED, /* added, and even the emptier bucket is nearly full */
	LEVEL_REPLACED,
};

/* Adds to one level. */
__noinline int level_add(__u32 level, __u64 key, const struct lt_block *block)
{
	__u64 hash = block_hash(key);
	__u64 load_first = LT_BUCKET_SLOTS, load_second = LT_BUCKET_SLOTS;
	struct lt_bucket *first, *second, *swap;
	void *map = level_map(level);

	if (!map || !block)
		return LEVEL_FULL;
	first = level_bucket(map, level, hash, false);
	second = level_bucket(map, level, hash, true);
	if (!first || !second)
		return LEVEL_FULL;
	if (bucket_replace(first, key, block, &load_first) ||
	    bucket_replace(second, key, block, &load_second))
		return LEVEL_REPLACED;
	if (load_second < load_first) {
		swap = first;
		first = second;
		second = swap;
		load_first = load_second;
	}
	if (bucket_insert(first, key, block) || bucket_insert(second, key, block))
		return load_first >= LT_GROW_LOAD ? LEVEL_CROWDED : LEVEL_ADDED;
	return LEVEL_FULL;
}

/* Asks user space for a level, once. */
static __always_inline void level_want(__u32 level)
{
	struct lt_event event = { .type = LT_EVENT_GROW };
	__u32 wanted = lt_level_wanted;

	if (wanted >= level || level >= LT_LEVELS)
		return;
	if (__sync_val_compare_and_swap(&lt_level_wanted, wanted, level) != wanted)
		return;
	event.time_ns = bpf_ktime_get_ns();
	/* A lost doorbell is harmless: user space also looks at what is wanted now and then. */
	events_send(&event, sizeof(event));
}

/* Moves on from LEVEL to the next one; false if that is not there yet. */
static __always_inline bool level_leave(__u32 level)
{
	if (level >= lt_level_ready)
		return false;
	/* A plain store that comes late would move back what others have moved on since. */
	__sync_val_compare_and_swap(&lt_level_used, level, level + 1);
	return true;
}

static __always_inline int overflow_add(__u32 space, __u64 address, const struct lt_block *block)
{
	struct lt_overflow_key key = { .address = address, .space = space };
	struct lt_block copy = *block; /* Linux before 6.2 refuses an argument as the value */

	if (bpf_map_lookup_elem(&lt_overflow, &key))
		loss(space, LT_LOSS_DUPLICATE_BLOCKS);
	return bpf_map_update_elem(&lt_overflow, &key, &copy, BPF_ANY);
}

/*
 * The newest level comes first; holes in older ones are used where it is full. When these become
 * crowded too, the next level is asked for; it is used when a block finds no room in any other.
 */
int blocks_add(__u32 space, __u64 address, const struct lt_block *block)
{
	__u64 key = block_key(space, address);
	__u32 newest = lt_level_used;

	if (!block)
		return 0;
	for (__u32 i = 0; key && i < LT_LEVELS; i++) {
		int r;

		if (i > newest)
			break;
		r = level_add(newest - i, key, block);
		if ((r == LEVEL_CROWDED || r == LEVEL_FULL) && (i > 0 || newest == 0))
			level_want(newest + 1);
		if (r == LEVEL_REPLACED)
			loss(space, LT_LOSS_DUPLICATE_BLOCKS);
		if (r != LEVEL_FULL)
			return 1;
	}
	if (key && level_leave(newest) && level_add(newest + 1, key, block) != LEVEL_FULL)
		return 1;
	if (overflow_add(space, address, block) == 0)
		return 1;
	loss(space, LT_LOSS_BLOCKS_FULL);
	return 0;
}

__noinline int level_remove(__u32 level, __u64 key, struct lt_block *ret_block)
{
	__u64 hash = block_hash(key);
	void *map = level_map(level);
	struct lt_bucket *bucket;

	if (!map || !ret_block)
		return 0;
	bucket = level_bucket(map, level, hash, false);
	if (bucket && bucket_remove(bucket, key, ret_block))
		return 1;
	bucket = level_bucket(map, level, hash, true);
	return bucket && bucket_remove(bucket, key, ret_block);
}

static __always_inline int overflow_remove(__u32 space, __u64 address, struct lt_block *ret_block)
{
	struct lt_overflow_key key = { .address = address, .space = space };
	struct lt_block *block = bpf_map_lookup_elem(&lt_overflow, &key);

	if (!block)
		return 0;
	*ret_block = *block;
	return bpf_map_delete_elem(&lt_overflow, &key) == 0;
}

/* The newest blocks are looked for first: most live short. */
int blocks_remove(__u32 space, __u64 address, struct lt_block *ret_block)
{
	__u64 key = block_key(space, address);
	__u32 newest = lt_level_used;

	if (!ret_block)
		return 0;
	for (__u32 i = 0; key && i < LT_LEVELS; i++) {
		if (i > newest)
			break;
		if (level_remove(newest - i, key, ret_block))
			return 1;
	}
	return overflow_remove(space, address, ret_block);
}
