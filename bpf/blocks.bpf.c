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

static __always_inline void *level_map(__u32 level)
{
	return bpf_map_lookup_elem(&lt_levels, &level);
}

/* A bucket of a level, by the number that abi.h gives it. */
static __always_inline struct lt_bucket *level_bucket(void *map, __u32 level, __u32 number)
{
	__u32 index = number & ((LT_LEVEL0_BUCKETS << level) - 1);

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

/* Overwrites the block with KEY; false if it is not there. */
static __always_inline bool bucket_replace(struct lt_bucket *bucket, __u64 key,
					   const struct lt_block *block)
{
#pragma unroll
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		if (bucket->keys[i] != key)
			continue;
		bucket->blocks[i] = *block;
		return true;
	}
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
	LEVEL_REPLACED,
};

/* Adds to one level. That a key is in its second bucket is known before it is there. */
__noinline int level_add(__u32 level, __u64 key, const struct lt_block *block)
{
	struct lt_bucket *first, *second;
	void *map = level_map(level);

	if (!map || !block)
		return LEVEL_FULL;
	first = level_bucket(map, level, lt_first_bucket(key));
	if (!first)
		return LEVEL_FULL;
	if (bucket_replace(first, key, block))
		return LEVEL_REPLACED;
	if (!first->n_spilled && bucket_insert(first, key, block))
		return LEVEL_ADDED;
	second = level_bucket(map, level, lt_second_bucket(key));
	if (!second || second == first)
		return bucket_insert(first, key, block) ? LEVEL_ADDED : LEVEL_FULL;
	if (bucket_replace(second, key, block))
		return LEVEL_REPLACED;
	if (bucket_insert(first, key, block))
		return LEVEL_ADDED;
	__sync_fetch_and_add(&first->n_spilled, 1);
	if (bucket_insert(second, key, block))
		return LEVEL_ADDED;
	__sync_fetch_and_add(&first->n_spilled, -1);
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

	if (bpf_map_lookup_elem(&lt_overflow, &key)) {
		loss(space, LT_LOSS_DUPLICATE_BLOCKS);
		return bpf_map_update_elem(&lt_overflow, &key, &copy, BPF_ANY);
	}
	__sync_fetch_and_add(&lt_overflow_used, 1);
	if (bpf_map_update_elem(&lt_overflow, &key, &copy, BPF_NOEXIST) == 0)
		return 0;
	__sync_fetch_and_add(&lt_overflow_used, -1);
	return -1;
}

/*
 * The newest level comes first; holes in older ones are used where it is full. What finds no room
 * in any goes to the overflow, until the next level is worth its memory; when that is there, the
 * first block without room begins it.
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
		if (r == LEVEL_REPLACED)
			loss(space, LT_LOSS_DUPLICATE_BLOCKS);
		if (r != LEVEL_FULL)
			return 1;
	}
	if (key && level_leave(newest) && level_add(newest + 1, key, block) != LEVEL_FULL)
		return 1;
	if (key && lt_overflow_used >= LT_GROW_OVERFLOW)
		level_want(newest + 1);
	if (overflow_add(space, address, block) == 0)
		return 1;
	loss(space, LT_LOSS_BLOCKS_FULL);
	return 0;
}

__noinline int level_remove(__u32 level, __u64 key, struct lt_block *ret_block)
{
	struct lt_bucket *first, *second;
	void *map = level_map(level);

	if (!map || !ret_block)
		return 0;
	first = level_bucket(map, level, lt_first_bucket(key));
	if (!first)
		return 0;
	if (bucket_remove(first, key, ret_block))
		return 1;
	if (!first->n_spilled)
		return 0;
	second = level_bucket(map, level, lt_second_bucket(key));
	if (!second || !bucket_remove(second, key, ret_block))
		return 0;
	__sync_fetch_and_add(&first->n_spilled, -1);
	return 1;
}

static __always_inline int overflow_remove(__u32 space, __u64 address, struct lt_block *ret_block)
{
	struct lt_overflow_key key = { .address = address, .space = space };
	struct lt_block *block;

	if (!lt_overflow_used)
		return 0;
	block = bpf_map_lookup_elem(&lt_overflow, &key);
	if (!block)
		return 0;
	*ret_block = *block;
	if (bpf_map_delete_elem(&lt_overflow, &key) != 0)
		return 0;
	__sync_fetch_and_add(&lt_overflow_used, -1);
	return 1;
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
