/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of live blocks to test. The levels are real maps of the kernel; blocks are put into
 * their shared memory by the programs' own code, compiled natively, so that both sides are
 * tested against each other. To be included by one test file.
 */
#ifndef LT_TESTS_TABLE_FIXTURE_H
#define LT_TESTS_TABLE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <sys/mman.h>

#include "bpf/blocks_native.h"
#include "collect/table.h"

enum { ROOMY = LT_LEVEL0_BUCKETS * LT_BUCKET_SLOTS * 4 }; /* as --max-blocks: three levels */

/* What a visit has said of a block. */
struct seen {
	uint32_t space, stack, birth;
	uint64_t address, bytes;
	bool shadowed;
	uint32_t slot, note;
};

static struct {
	int levels_fd;
	int overflow_fd;
	struct table *table;
	VEC(struct seen) seen;
	int stop_at; /* the visitor fails at this block, from 1 */
	bool *wanted;
} t;

/* --- set up and tear down --- */

/* The map of levels, as bpf/maps.bpf.h declares it, with N_LEVELS places. */
static inline int levels_create(uint32_t n_levels)
{
	LIBBPF_OPTS(bpf_map_create_opts, inner, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	LIBBPF_OPTS(bpf_map_create_opts, outer);
	int fd, inner_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "test_level", sizeof(uint32_t),
					  sizeof(struct lt_bucket), LT_LEVEL0_BUCKETS, &inner);

	if (inner_fd < 0)
		return -errno;
	outer.inner_map_fd = (uint32_t)inner_fd;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "test_levels", sizeof(uint32_t),
			    sizeof(uint32_t), n_levels, &outer);
	if (fd < 0)
		fd = -errno;
	close(inner_fd);
	return fd;
}

static inline int setup(void **state)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);

	(void)state;
	shim_init(0);
	memset(&t, 0, sizeof(t));
	t.wanted = calloc(LT_MAX_SPACES, sizeof(*t.wanted));
	t.levels_fd = levels_create(LT_LEVELS);
	t.overflow_fd =
		bpf_map_create(BPF_MAP_TYPE_HASH, "test_overflow", sizeof(struct lt_overflow_key),
			       sizeof(struct lt_block), LT_MAX_OVERFLOW, &options);
	return t.wanted ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < LT_LEVELS; i++) {
		if (shim.levels[i].buckets)
			munmap(shim.levels[i].buckets,
			       shim_level_buckets(i) * sizeof(struct lt_bucket));
	}
	shim_done();
	table_close(t.table);
	vec_done(&t.seen);
	free(t.wanted);
	if (t.levels_fd >= 0)
		close(t.levels_fd);
	if (t.overflow_fd >= 0)
		close(t.overflow_fd);
	return 0;
}

static inline void need_bpf(void)
{
	if (t.levels_fd >= 0 && t.overflow_fd >= 0)
		return;
	/* As root it has to work. */
	assert_int_not_equal(geteuid(), 0);
	print_message("skipped: only root may create BPF maps\n");
	skip();
}

static inline struct table_maps maps(void)
{
	return (struct table_maps){ .levels_fd = t.levels_fd,
				    .overflow_fd = t.overflow_fd,
				    .level_used = &lt_level_used,
				    .level_ready = &lt_level_ready,
				    .level_wanted = &lt_level_wanted,
				    .overflow_used = &lt_overflow_used };
}

/* Lets the programs' code use the levels that the table has made. */
static inline void levels_share(void)
{
	for (uint32_t i = 0; i <= lt_level_ready; i++) {
		size_t bytes = shim_level_buckets(i) * sizeof(struct lt_bucket);
		uint32_t id;
		void *memory;
		int fd;

		if (shim.levels[i].buckets)
			continue;
		assert_int_equal(bpf_map_lookup_elem(t.levels_fd, &i, &id), 0);
		fd = bpf_map_get_fd_by_id(id);
		assert_true(fd >= 0);
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
		assert_ptr_not_equal(memory, MAP_FAILED);
		shim_level_set(i, memory);
	}
}

static inline void table_make(uint64_t max_blocks)
{
	struct table_maps m = maps();

	assert_int_equal(table_open(&m, max_blocks, &t.table, NULL), 0);
	levels_share();
}

/* Makes the levels up to NEWEST, as if the programs had asked for them. */
static inline void levels_make(uint32_t newest)
{
	lt_level_wanted = newest;
	while (lt_level_ready < newest)
		assert_int_equal(table_grow(t.table, NULL), 0);
	levels_share();
}

/* --- scans --- */

static inline int see(void *data, const struct table_block *block)
{
	struct seen one = { .space = block->space,
			    .stack = block->stack,
			    .birth = block->birth,
			    .address = block->address,
			    .bytes = block->bytes,
			    .shadowed = table_is_shadowed(t.table, block),
			    .slot = block->slot,
			    .note = block->note };

	(void)data;
	assert_int_equal(vec_push(&t.seen, one), 0);
	return t.stop_at && (int)t.seen.n == t.stop_at ? -ECANCELED : 0;
}

static inline int compare_blocks(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->space != y->space)
		return x->space < y->space ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->shadowed - y->shadowed;
}

/* Scans the wanted spaces; what was seen is in t.seen, in order. */
static inline void scan(bool remove)
{
	const struct table_visitor visitor = { .visit = see };

	t.seen.n = 0;
	assert_int_equal(table_scan(t.table, t.wanted, TABLE_SHADOWS | (remove ? TABLE_REMOVE : 0),
				    &visitor),
			 0);
	if (t.seen.n)
		qsort(t.seen.items, t.seen.n, sizeof(*t.seen.items), compare_blocks);
}

static inline struct lt_block block_make(uint64_t bytes, uint32_t stack, uint32_t birth)
{
	return (struct lt_block){ .size_stack = bytes << LT_STACK_BITS | stack, .birth = birth };
}

/* Something else in each block. */
static inline uint32_t stack_of(uint64_t bytes)
{
	return (uint32_t)(bytes * 7) & LT_STACK_MAX;
}

static inline void add(uint32_t space, uint64_t address, uint64_t bytes)
{
	struct lt_block block = block_make(bytes, stack_of(bytes), space + 7);

	assert_int_equal(blocks_add(space, address, &block), 1);
	assert_int_equal(shim_n_overflow(), 0);
}

static inline void add_overflow(uint32_t space, uint64_t address, uint64_t bytes)
{
	struct lt_overflow_key key = { .space = space, .address = address };
	struct lt_block block = block_make(bytes, stack_of(bytes), space + 7);

	assert_int_equal(bpf_map_update_elem(t.overflow_fd, &key, &block, BPF_NOEXIST), 0);
	lt_overflow_used++;
}

static inline void check_seen(size_t i, uint32_t space, uint64_t address, uint64_t bytes,
			      bool shadowed)
{
	assert_true(i < t.seen.n);
	assert_int_equal(t.seen.items[i].space, space);
	assert_int_equal(t.seen.items[i].address, address);
	assert_int_equal(t.seen.items[i].bytes, bytes);
	assert_int_equal(t.seen.items[i].stack, stack_of(bytes));
	assert_int_equal(t.seen.items[i].birth, space + 7);
	assert_int_equal(t.seen.items[i].shadowed, shadowed);
}

#define TABLE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
