// SPDX-License-Identifier: BSD-2-Clause
/* Levels of the block table: making, scanning, cleaning. See table.h and abi.h. */
#include "collect/table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"

enum { LEVEL_FLAGS = BPF_F_MMAPABLE | BPF_F_INNER_MAP };

struct table {
	struct table_maps maps;
	uint32_t n_levels_max;
	uint32_t n_levels;
	struct lt_bucket *levels[LT_LEVELS];
};

static size_t level_buckets(uint32_t level)
{
	return (size_t)LT_LEVEL0_BUCKETS << level;
}

/* How many levels hold N blocks when filled to four fifths, which two choices of 8 slots allow. */
static uint32_t levels_for(uint64_t max_blocks)
{
	uint64_t room = 0;
	uint32_t level = 0;

	while (level < LT_LEVELS && room < max_blocks)
		room += level_buckets(level++) * LT_BUCKET_SLOTS * 4 / 5;
	return level ? level : 1;
}

static int table_add_level(struct table *table)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = LEVEL_FLAGS);
	uint32_t level = table->n_levels;
	size_t bytes = level_buckets(level) * sizeof(struct lt_bucket);
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "lt_level", sizeof(uint32_t),
			       sizeof(struct lt_bucket), (uint32_t)level_buckets(level), &options);
	void *memory;

	if (fd < 0)
		return -errno;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	if (bpf_map_update_elem(table->maps.levels_fd, &level, &fd, BPF_ANY) < 0) {
		int r = -errno;

		munmap(memory, bytes);
		return r;
	}
	table->levels[level] = memory;
	table->n_levels++;
	__atomic_store_n(table->maps.level_ready, level, __ATOMIC_RELEASE);
	log_debug(LOG_EVENTS, "block table: level %u, %zu bytes", level, bytes);
	return 0;
}

int table_open(const struct table_maps *maps, uint64_t max_blocks, struct table **ret_table,
	       struct diag *diag)
{
	_cleanup_(table_closep) struct table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	table->maps = *maps;
	table->n_levels_max = levels_for(max_blocks);
	r = table_add_level(table);
	if (r == 0)
		r = table_grow(table, diag);
	if (r < 0)
		return diag_add(diag, r, "cannot make the table of live blocks: %s", strerror(-r));
	*ret_table = TAKE_PTR(table);
	return 0;
}

void table_close(struct table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->n_levels; i++)
		munmap(table->levels[i], level_buckets(i) * sizeof(struct lt_bucket));
	free(table);
}

int table_grow(struct table *table, struct diag *diag)
{
	int r;

	if (*table->maps.level_used + 1 < table->n_levels || table->n_levels >= table->n_levels_max)
		return 0;
	r = table_add_level(table);
	if (r < 0) {
		/* Not fatal: what does not fit will be counted. */
		table->n_levels_max = table->n_levels;
		diag_add(diag, r, "the table of live blocks could not grow beyond %llu bytes: %s",
			 (unsigned long long)table_bytes(table), strerror(-r));
	}
	return r;
}

static uint64_t levels_bytes(uint32_t n_levels)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n_levels; i++)
		bytes += level_buckets(i) * sizeof(struct lt_bucket);
	return bytes;
}

uint64_t table_bytes(const struct table *table)
{
	return levels_bytes(table->n_levels);
}

uint64_t table_bytes_for(uint64_t max_blocks)
{
	return levels_bytes(levels_for(max_blocks));
}

/* The same mixing as block_hash() in bpf/blocks.bpf.c. */
static uint64_t key_hash(uint64_t key)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdull;
	key ^= key >> 33;
	key *= 0xc4ceb9fe1a85ec53ull;
	key ^= key >> 33;
	return key;
}

static bool bucket_has(const struct lt_bucket *bucket, uint64_t key)
{
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		if (bucket->keys[i] == key)
			return true;
	}
	return false;
}

/* True if a level from NEWER on has the key too: then its release was missed once. */
static bool key_is_shadowed(const struct table *table, uint32_t newer, uint64_t key)
{
	uint64_t hash = key_hash(key);

	for (; newer < table->n_levels; newer++) {
		size_t mask = level_buckets(newer) - 1;

		if (bucket_has(&table->levels[newer][(uint32_t)hash & mask], key) ||
		    bucket_has(&table->levels[newer][(hash >> 32) & mask], key))
			return true;
	}
	return false;
}

/*
 * Asks for the memory that key_is_shadowed() will read for the blocks of a bucket: it is all over
 * the newer levels, and waiting for each would be most of a scan's time.
 */
static void shadows_prefetch(const struct table *table, uint32_t newer,
			     const struct lt_bucket *bucket)
{
	for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++) {
		uint64_t hash = key_hash(bucket->keys[slot]);

		for (uint32_t i = newer; bucket->keys[slot] && i < table->n_levels; i++) {
			size_t mask = level_buckets(i) - 1;

			__builtin_prefetch(&table->levels[i][(uint32_t)hash & mask]);
			__builtin_prefetch(&table->levels[i][(hash >> 32) & mask]);
		}
	}
}

static struct table_block block_make(uint32_t space, uint64_t address, const struct lt_block *block)
{
	return (struct table_block){
		.space = space,
		.stack = (uint32_t)block->size_stack & LT_STACK_MAX,
		.address = address,
		.bytes = block->size_stack >> LT_STACK_BITS,
		.epoch = block->epoch,
		.birth = block->birth,
	};
}

struct scan {
	struct table *table;
	const bool *wanted;
	bool remove;
	int (*visit)(void *data, const struct table_block *block);
	void *data;
};

static int scan_slot(const struct scan *scan, uint32_t level, struct lt_bucket *bucket, int slot)
{
	uint64_t key = __atomic_load_n(&bucket->keys[slot], __ATOMIC_ACQUIRE);
	uint32_t space = (uint32_t)(key >> LT_KEY_ADDR_BITS);
	struct table_block block;

	/* All ones: a program is just filling the slot. */
	if (key == 0 || key == UINT64_MAX || space >= LT_MAX_SPACES || !scan->wanted[space])
		return 0;
	block = block_make(space, (key & ((1ull << LT_KEY_ADDR_BITS) - 1)) << 3,
			   &bucket->blocks[slot]);
	/* Released, and perhaps taken by another block, while it was read. */
	if (__atomic_load_n(&bucket->keys[slot], __ATOMIC_ACQUIRE) != key)
		return 0;
	block.shadowed = key_is_shadowed(scan->table, level + 1, key);
	if (scan->remove)
		__atomic_store_n(&bucket->keys[slot], 0, __ATOMIC_RELEASE);
	return scan->visit(scan->data, &block);
}

static int scan_level(const struct scan *scan, uint32_t level)
{
	struct lt_bucket *buckets = scan->table->levels[level];
	size_t n = level_buckets(level);

	for (size_t i = 0; i < n; i++) {
		if (i + 2 < n)
			shadows_prefetch(scan->table, level + 1, &buckets[i + 2]);
		for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++) {
			int r = scan_slot(scan, level, &buckets[i], slot);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int scan_overflow_entry(const struct scan *scan, const struct lt_overflow_key *key,
			       const struct lt_block *value)
{
	struct table_block block;

	if (key->space >= LT_MAX_SPACES || !scan->wanted[key->space])
		return 0;
	if (scan->remove)
		bpf_map_delete_elem(scan->table->maps.overflow_fd, key);
	block = block_make(key->space, key->address, value);
	if (!(key->address & 7) && !(key->address >> (LT_KEY_ADDR_BITS + 3)))
		block.shadowed = key_is_shadowed(scan->table, 0,
						 (uint64_t)key->space << LT_KEY_ADDR_BITS |
							 key->address >> 3);
	return scan->visit(scan->data, &block);
}

static int scan_overflow(const struct scan *scan)
{
	enum { BATCH = 1024 };
	_cleanup_free_ struct lt_overflow_key *keys = calloc(BATCH, sizeof(*keys));
	_cleanup_free_ struct lt_block *values = calloc(BATCH, sizeof(*values));
	uint32_t position = 0, n;
	void *from = NULL;
	int r = 0, end = 0;

	if (!keys || !values)
		return -ENOMEM;
	while (end == 0 && r == 0) {
		n = BATCH;
		end = bpf_map_lookup_batch(scan->table->maps.overflow_fd, from, &position, keys,
					   values, &n, NULL);
		if (end < 0 && errno != ENOENT)
			return -errno;
		for (uint32_t i = 0; i < n && r == 0; i++)
			r = scan_overflow_entry(scan, &keys[i], &values[i]);
		from = &position;
	}
	return r;
}

int table_scan(struct table *table, const bool wanted[LT_MAX_SPACES], bool remove,
	       int (*visit)(void *data, const struct table_block *block), void *data)
{
	const struct scan scan = {
		.table = table, .wanted = wanted, .remove = remove, .visit = visit, .data = data
	};
	uint32_t newest = __atomic_load_n(table->maps.level_used, __ATOMIC_ACQUIRE);

	/* Oldest level first: shadows are looked for in newer ones before those are removed. */
	for (uint32_t level = 0; level <= newest; level++) {
		int r = scan_level(&scan, level);

		if (r < 0)
			return r;
	}
	return scan_overflow(&scan);
}
