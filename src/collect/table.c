// SPDX-License-Identifier: BSD-2-Clause
/* Levels of the block table: making, scanning, cleaning. See table.h and abi.h. */
#include "collect/table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/shared.h"

enum { LEVEL_FLAGS = BPF_F_MMAPABLE | BPF_F_INNER_MAP };

struct table {
	struct table_maps maps;
	uint32_t n_levels_max;
	uint32_t n_levels;
	struct lt_bucket *levels[LT_LEVELS];
	int fds[LT_LEVELS]; /* of their maps: what they take of the kernel's memory is seen there */
	uint32_t *notes[LT_LEVELS]; /* by slot; NULL: none in this level */
};

static size_t level_buckets(uint32_t level)
{
	return (size_t)LT_LEVEL0_BUCKETS << level;
}

/* How many levels hold N blocks when filled to 7/8: the overflow takes what is crowded. */
static uint32_t levels_for(uint64_t max_blocks)
{
	uint64_t room = 0;
	uint32_t level = 0;

	while (level < LT_LEVELS && room < max_blocks)
		room += level_buckets(level++) * LT_BUCKET_SLOTS * 7 / 8;
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
	memory = shared_map(fd, bytes);
	if (!memory)
		return -errno;
	if (bpf_map_update_elem(table->maps.levels_fd, &level, &fd, BPF_ANY) < 0) {
		int r = -errno;

		munmap(memory, bytes);
		return r;
	}
	table->levels[level] = memory;
	table->fds[level] = TAKE_FD(fd);
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
	if (r < 0)
		return diag_add(diag, r, "cannot make the table of live blocks: %s", strerror(-r));
	*ret_table = TAKE_PTR(table);
	return 0;
}

void table_close(struct table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->n_levels; i++) {
		munmap(table->levels[i], level_buckets(i) * sizeof(struct lt_bucket));
		close(table->fds[i]);
		free(table->notes[i]);
	}
	free(table);
}

int table_grow(struct table *table, struct diag *diag)
{
	int r;

	if (*table->maps.level_wanted < table->n_levels || table->n_levels >= table->n_levels_max)
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

uint64_t table_slots(const struct table *table)
{
	return levels_bytes(table->n_levels) / sizeof(struct lt_bucket) * LT_BUCKET_SLOTS;
}

uint64_t table_bytes(const struct table *table)
{
	return levels_bytes(table->n_levels);
}

uint64_t table_bytes_for(uint64_t max_blocks)
{
	return levels_bytes(levels_for(max_blocks));
}

static bool bucket_has(const struct lt_bucket *bucket, uint64_t key)
{
	for (int i = 0; i < LT_BUCKET_SLOTS; i++) {
		if (bucket->keys[i] == key)
			return true;
	}
	return false;
}

static struct lt_bucket *first_bucket(const struct table *table, uint32_t level, uint64_t key)
{
	return &table->levels[level][lt_first_bucket(key) & (level_buckets(level) - 1)];
}

/* True if a level from NEWER on has the key too: then its release was missed once. */
static bool key_is_shadowed(const struct table *table, uint32_t newer, uint64_t key)
{
	for (; newer < table->n_levels; newer++) {
		const struct lt_bucket *first = first_bucket(table, newer, key);
		size_t second = lt_second_bucket(key) & (level_buckets(newer) - 1);

		if (bucket_has(first, key) ||
		    (__atomic_load_n(&first->n_spilled, __ATOMIC_RELAXED) &&
		     bucket_has(&table->levels[newer][second], key)))
			return true;
	}
	return false;
}

/* Slots are numbered through all levels, from 1 on. */
static uint32_t level_first_slot(uint32_t level)
{
	return 1 + (uint32_t)(level_buckets(level) - level_buckets(0)) * LT_BUCKET_SLOTS;
}

static uint32_t slot_level(uint32_t slot)
{
	uint32_t level = 0;

	while (level + 1 < LT_LEVELS && slot >= level_first_slot(level + 1))
		level++;
	return level;
}

bool table_is_shadowed(const struct table *table, const struct table_block *block)
{
	if (block->address & 7 || block->address >> (LT_KEY_ADDR_BITS + 3))
		return false;
	return key_is_shadowed(table, block->slot ? slot_level(block->slot) + 1 : 0,
			       (uint64_t)block->space << LT_KEY_ADDR_BITS | block->address >> 3);
}

int table_note(struct table *table, uint32_t slot, uint32_t number)
{
	uint32_t level = slot_level(slot);

	if (!slot || level >= table->n_levels)
		return 0;
	if (!table->notes[level])
		table->notes[level] =
			calloc(level_buckets(level) * LT_BUCKET_SLOTS, sizeof(**table->notes));
	if (!table->notes[level])
		return -ENOMEM;
	table->notes[level][slot - level_first_slot(level)] = number;
	return 0;
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
	int how; /* enum table_scan */
	const struct table_visitor *visitor;
};

/* A level that is being scanned. */
struct scan_level {
	const struct scan *scan;
	uint32_t level;
	uint32_t first_slot;
	const uint32_t *notes;
};

/* Asks for the memory that table_is_shadowed() will read: it is all over the newer levels. */
static void shadow_prefetch(const struct scan_level *in, uint64_t key)
{
	const struct table *table = in->scan->table;

	for (uint32_t newer = in->level + 1; newer < table->n_levels; newer++)
		__builtin_prefetch(first_bucket(table, newer, key));
}

/* The visits of a bucket's blocks come soon; waiting for their memory would be most of the time. */
static void bucket_prefetch(const struct scan_level *in, size_t i)
{
	const struct lt_bucket *bucket = &in->scan->table->levels[in->level][i];
	const struct table_visitor *visitor = in->scan->visitor;

	for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++) {
		uint64_t key = bucket->keys[slot];
		uint32_t note = in->notes ? in->notes[i * LT_BUCKET_SLOTS + (size_t)slot] : 0;

		if (key && note && visitor->soon)
			visitor->soon(visitor->data, (uint32_t)(key >> LT_KEY_ADDR_BITS), note);
		else if (key && in->scan->how & TABLE_SHADOWS)
			shadow_prefetch(in, key);
	}
}

static void slot_clear(const struct scan_level *in, struct lt_bucket *bucket, int slot,
		       uint64_t key)
{
	struct lt_bucket *first = first_bucket(in->scan->table, in->level, key);

	__atomic_store_n(&bucket->keys[slot], 0, __ATOMIC_RELEASE);
	if (first != bucket)
		__atomic_fetch_sub(&first->n_spilled, 1, __ATOMIC_RELAXED);
}

static int scan_slot(const struct scan_level *in, struct lt_bucket *bucket, int slot,
		     uint32_t number)
{
	const struct scan *scan = in->scan;
	uint64_t key = __atomic_load_n(&bucket->keys[slot], __ATOMIC_ACQUIRE);
	uint32_t space = (uint32_t)(key >> LT_KEY_ADDR_BITS);
	struct table_block block;
	int r;

	/* All ones: a program is just filling the slot. */
	if (key == 0 || key == UINT64_MAX || space >= LT_MAX_SPACES || !scan->wanted[space])
		return 0;
	block = block_make(space, (key & ((1ull << LT_KEY_ADDR_BITS) - 1)) << 3,
			   &bucket->blocks[slot]);
	/* Released, and perhaps taken by another block, while it was read. */
	if (__atomic_load_n(&bucket->keys[slot], __ATOMIC_ACQUIRE) != key)
		return 0;
	block.slot = number;
	block.note = in->notes ? in->notes[number - in->first_slot] : 0;
	r = scan->visitor->visit(scan->visitor->data, &block);
	if (scan->how & TABLE_REMOVE)
		slot_clear(in, bucket, slot, key);
	return r;
}

static int scan_level(const struct scan *scan, uint32_t level)
{
	const struct scan_level in = { .scan = scan,
				       .level = level,
				       .first_slot = level_first_slot(level),
				       .notes = scan->table->notes[level] };
	struct lt_bucket *buckets = scan->table->levels[level];
	size_t n = level_buckets(level);

	for (size_t i = 0; i < n; i++) {
		uint32_t number = in.first_slot + (uint32_t)i * LT_BUCKET_SLOTS;

		if (i + 2 < n)
			bucket_prefetch(&in, i + 2);
		for (int slot = 0; slot < LT_BUCKET_SLOTS; slot++) {
			int r = scan_slot(&in, &buckets[i], slot, number + (uint32_t)slot);

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
	block = block_make(key->space, key->address, value);
	if (scan->how & TABLE_REMOVE &&
	    bpf_map_delete_elem(scan->table->maps.overflow_fd, key) == 0)
		__atomic_fetch_sub(scan->table->maps.overflow_used, 1, __ATOMIC_RELAXED);
	return scan->visitor->visit(scan->visitor->data, &block);
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

int table_scan(struct table *table, const bool wanted[LT_MAX_SPACES], int how,
	       const struct table_visitor *visitor)
{
	const struct scan scan = {
		.table = table, .wanted = wanted, .how = how, .visitor = visitor
	};
	uint32_t newest = __atomic_load_n(table->maps.level_used, __ATOMIC_ACQUIRE);
	/* Shadows are looked for in newer levels before their blocks are removed. */
	int r = scan_overflow(&scan);

	for (uint32_t level = 0; level <= newest && r >= 0; level++)
		r = scan_level(&scan, level);
	return r;
}
