// SPDX-License-Identifier: BSD-2-Clause
/* The table of live blocks, compiled natively: what it keeps, against a naive model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/blocks_native.h"

static const __u64 heap = 0x555555559000ull;

static int setup(void **state)
{
	(void)state;
	shim_init(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shim_done();
	return 0;
}

static void check_removed(__u32 space, __u64 address, const struct lt_block *expected)
{
	struct lt_block block = { 0 };

	assert_int_equal(blocks_remove(space, address, &block), 1);
	assert_true(block_equals(&block, expected));
}

static void check_absent(__u32 space, __u64 address)
{
	struct lt_block block;

	assert_int_equal(blocks_remove(space, address, &block), 0);
}

static void test_add_remove(void **state)
{
	struct lt_block a = block_of(1), b = block_of(2);

	(void)state;
	check_absent(1, heap);
	assert_int_equal(blocks_add(1, heap, &a), 1);
	assert_int_equal(blocks_add(1, heap + 16, &b), 1);
	assert_int_equal(blocks_n_used(), 2);
	assert_int_equal(shim_n_overflow(), 0);
	check_removed(1, heap, &a);
	check_absent(1, heap);
	check_removed(1, heap + 16, &b);
	assert_int_equal(blocks_n_used(), 0);
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 0);
}

static void test_null(void **state)
{
	(void)state;
	assert_int_equal(blocks_add(1, heap, NULL), 0);
	assert_int_equal(blocks_remove(1, heap, NULL), 0);
	assert_int_equal(blocks_n_used(), 0);
}

/* The second block at an address replaces the first, and that is counted in its space. */
static void test_replace(void **state)
{
	static const __u64 addresses[] = { 0x555555559000ull, 0x555555559001ull,
					   0x7fffffffffffff00ull };

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct lt_block a = block_of(1), b = block_of(2);

		assert_int_equal(blocks_add(3, addresses[i], &a), 1);
		assert_int_equal(shim.spaces[3].losses[LT_LOSS_DUPLICATE_BLOCKS], i);
		assert_int_equal(blocks_add(3, addresses[i], &b), 1);
		assert_int_equal(shim.spaces[3].losses[LT_LOSS_DUPLICATE_BLOCKS], i + 1);
		assert_int_equal(blocks_n_used(), 1);
		check_removed(3, addresses[i], &b);
		check_absent(3, addresses[i]);
	}
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 3);
}

/* Which addresses have a key in the table, at the borders. */
static void test_overflow_addresses(void **state)
{
	static const struct {
		__u64 address;
		bool in_table;
	} cases[] = {
		{ 8, true },
		{ 0x7ffffffffff8ull, true },
		{ 0x7fffffffffffull, false },
		{ 0x800000000000ull, false },
		{ 0xfffffffffffffff8ull, false },
		{ 0x555555559004ull, false },
		{ 0x555555559001ull, false },
	};
	struct lt_block block = block_of(9);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(blocks_add(LT_MAX_SPACES - 1, cases[i].address, &block), 1);
		assert_int_equal(shim_n_overflow(), !cases[i].in_table);
		assert_int_equal(level_n_used(0), cases[i].in_table);
		check_absent(1, cases[i].address);
		check_removed(LT_MAX_SPACES - 1, cases[i].address, &block);
		assert_int_equal(blocks_n_used(), 0);
	}
}

/* One address in every space there is: each has its own block. */
static void test_spaces(void **state)
{
	static const __u64 addresses[] = { 0x7ffff7a00010ull, 0x7ffff7a00011ull };

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (__u32 space = 1; space < LT_MAX_SPACES; space++) {
			struct lt_block block = block_of(space);

			assert_int_equal(blocks_add(space, addresses[i], &block), 1);
		}
		assert_int_equal(blocks_n_used(), LT_MAX_SPACES - 1);
		for (__u32 space = LT_MAX_SPACES - 1; space > 0; space--) {
			struct lt_block block = block_of(space);

			check_removed(space, addresses[i], &block);
			check_absent(space, addresses[i]);
		}
		assert_int_equal(blocks_n_used(), 0);
	}
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 0);
}

/* No level at all: everything goes to the overflow, and nothing is lost. */
static void test_no_level(void **state)
{
	struct lt_block block = block_of(1);

	(void)state;
	shim_init(0);
	assert_int_equal(blocks_add(1, heap, &block), 1);
	assert_int_equal(shim_n_overflow(), 1);
	check_removed(1, heap, &block);
	assert_int_equal(blocks_n_used(), 0);
}

/* --- random operations --- */

enum { N_SPACES = 5 };
static const __u32 space_ids[N_SPACES] = { 1, 2, 3, 4096, LT_MAX_SPACES - 1 };

struct model_block {
	bool alive;
	struct lt_block block;
};

struct model {
	size_t n_addresses;
	struct model_block *blocks; /* [N_SPACES][n_addresses] */
	__u64 n_duplicates[N_SPACES];
	size_t n_alive;
	__u64 random;
};

/* Most are like those of a heap; every fortieth of each kind that does not fit into a key. */
static __u64 model_address(size_t i)
{
	__u64 address = heap + (__u64)i * 48;

	switch (i % 40) {
	case 3:
		return address + 8;
	case 5:
		return address + 1 + i % 7;
	case 7:
		return address | 1ull << (47 + i % 17);
	default:
		return address;
	}
}

static void model_add(struct model *model, int space, size_t i)
{
	struct model_block *m = &model->blocks[(size_t)space * model->n_addresses + i];
	struct lt_block block = block_of(random_next(&model->random));

	assert_int_equal(blocks_add(space_ids[space], model_address(i), &block), 1);
	if (m->alive)
		model->n_duplicates[space]++;
	else
		model->n_alive++;
	m->alive = true;
	m->block = block;
}

static void model_remove(struct model *model, int space, size_t i)
{
	struct model_block *m = &model->blocks[(size_t)space * model->n_addresses + i];
	struct lt_block block = { 0 };

	assert_int_equal(blocks_remove(space_ids[space], model_address(i), &block), m->alive);
	if (!m->alive)
		return;
	assert_true(block_equals(&block, &m->block));
	m->alive = false;
	model->n_alive--;
}

/* N random operations, of which PERCENT add; DUPLICATES: also where a block is already. */
static void model_run(struct model *model, int n, unsigned percent, bool duplicates)
{
	for (int step = 0; step < n; step++) {
		__u64 random = random_next(&model->random);
		int space = (int)((random >> 8) % N_SPACES);
		size_t i = (random >> 16) % model->n_addresses;
		bool alive = model->blocks[(size_t)space * model->n_addresses + i].alive;

		if ((random >> 48) % 100 >= percent)
			model_remove(model, space, i);
		else if (duplicates || !alive)
			model_add(model, space, i);
	}
}

/* What is left is what the model says, to the last block. */
static void model_check(struct model *model)
{
	assert_int_equal(blocks_n_used(), model->n_alive);
	for (int space = 0; space < N_SPACES; space++) {
		assert_int_equal(shim.spaces[space_ids[space]].losses[LT_LOSS_DUPLICATE_BLOCKS],
				 model->n_duplicates[space]);
		for (size_t i = 0; i < model->n_addresses; i++)
			model_remove(model, space, i);
	}
	assert_int_equal(model->n_alive, 0);
	assert_int_equal(blocks_n_used(), 0);
	assert_int_equal(shim_losses(LT_LOSS_BLOCKS_FULL), 0);
}

static void test_random_one_level(void **state)
{
	struct model model = { .n_addresses = 4000, .random = 1 };

	(void)state;
	model.blocks = calloc(N_SPACES * model.n_addresses, sizeof(*model.blocks));
	assert_non_null(model.blocks);
	for (unsigned round = 0; round < 8; round++)
		model_run(&model, 40000, round % 2 ? 30 : 70, true);
	assert_int_equal(lt_level_used, 0);
	model_check(&model);
	free(model.blocks);
}

/* The live set grows through three levels and shrinks again, twice. */
static void test_random_levels(void **state)
{
	static const unsigned percents[] = { 95, 80, 50, 20, 90, 50, 10 };
	struct model model = { .n_addresses = 145000, .random = 2 };

	(void)state;
	model.blocks = calloc(N_SPACES * model.n_addresses, sizeof(*model.blocks));
	assert_non_null(model.blocks);
	shim_level_set(1, NULL);
	lt_level_ready = 1;
	for (size_t i = 0; i < 4 * sizeof(percents) / sizeof(percents[0]); i++) {
		model_run(&model, 200000, percents[i / 4], false);
		/* User space makes the next level when it is wanted. */
		if (lt_level_wanted > lt_level_ready) {
			shim_level_set(lt_level_ready + 1, NULL);
			lt_level_ready++;
		}
	}
	assert_int_equal(lt_level_used, 2);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], 1); /* level 1 was there */
	model_check(&model);
	free(model.blocks);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_add_remove),	       TEST(test_null),		 TEST(test_replace),
		TEST(test_overflow_addresses), TEST(test_spaces),	 TEST(test_no_level),
		TEST(test_random_one_level),   TEST(test_random_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
