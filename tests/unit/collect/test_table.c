// SPDX-License-Identifier: BSD-2-Clause
/* The table of live blocks from user space: making levels, scanning, removing, shadows. */
#include "table_fixture.h"

static void test_open(void **state)
{
	const uint64_t level0 = LT_LEVEL0_BUCKETS * sizeof(struct lt_bucket);
	struct table_maps m = maps();

	(void)state;
	assert_int_equal(table_bytes_for(0), level0);
	assert_int_equal(table_bytes_for(1), level0);
	assert_int_equal(table_bytes_for(LT_LEVEL0_BUCKETS * LT_BUCKET_SLOTS), 3 * level0);
	assert_int_equal(table_bytes_for(ROOMY), 7 * level0);
	assert_int_equal(table_bytes_for(UINT64_MAX), ((1ull << LT_LEVELS) - 1) * level0);
	/* With all that a run needs besides, the default stays below 256 MiB. */
	assert_true(table_bytes_for(6300000) < 190ull << 20);
	need_bpf();
	table_make(ROOMY);
	assert_int_equal(lt_level_ready, 0);
	assert_int_equal(table_bytes(t.table), level0);
	scan(false);
	assert_int_equal(t.seen.n, 0);
	table_close(t.table);
	t.table = NULL;
	/* For one block one level is enough. */
	assert_int_equal(table_open(&m, 1, &t.table, NULL), 0);
	assert_int_equal(lt_level_ready, 0);
	assert_int_equal(table_bytes(t.table), level0);
}

static void test_open_fails(void **state)
{
	_cleanup_(diag_done) struct diag diag = { 0 };
	struct table_maps m = maps();

	(void)state;
	need_bpf();
	m.levels_fd = -1;
	assert_true(table_open(&m, ROOMY, &t.table, &diag) < 0);
	assert_null(t.table);
	assert_int_equal(diag.lines.n, 1);
	assert_non_null(strstr(diag.lines.items[0].text, "table of live blocks"));
}

static void test_scan(void **state)
{
	(void)state;
	need_bpf();
	table_make(ROOMY);
	add(1, 0x555555559010, 100);
	add(1, 0x7ffffffffff8, 0);
	add(2, 0x555555559010, 200);
	add(LT_MAX_SPACES - 1, 8, LT_BLOCK_MAX_SIZE);
	add_overflow(1, 0x555555559011, 300);
	add_overflow(2, 0xfffffffffffffff8, 400);
	scan(false);
	assert_int_equal(t.seen.n, 0);

	t.wanted[1] = t.wanted[LT_MAX_SPACES - 1] = true;
	for (int i = 0; i < 2; i++) {
		/* A scan that removes sees the same, and the next one sees nothing. */
		scan(i == 1);
		assert_int_equal(t.seen.n, 4);
		check_seen(0, 1, 0x555555559010, 100, false);
		check_seen(1, 1, 0x555555559011, 300, false);
		check_seen(2, 1, 0x7ffffffffff8, 0, false);
		check_seen(3, LT_MAX_SPACES - 1, 8, LT_BLOCK_MAX_SIZE, false);
	}
	scan(true);
	assert_int_equal(t.seen.n, 0);

	/* The other space is as it was, for the programs too. */
	t.wanted[2] = true;
	scan(false);
	assert_int_equal(t.seen.n, 2);
	check_seen(0, 2, 0x555555559010, 200, false);
	check_seen(1, 2, 0xfffffffffffffff8, 400, false);
	assert_int_equal(blocks_n_used(), 1);
}

/* More blocks than a batch of the overflow holds, and thousands in each level. */
static void test_scan_many(void **state)
{
	enum { N = 5000 };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	levels_make(1);
	for (uint32_t level = 0; level < 2; level++) {
		lt_level_used = level;
		for (uint64_t i = 0; i < N; i++)
			add(3, 0x10000 + (i * 2 + level) * 16, i + 1);
	}
	for (uint64_t i = 0; i < N; i++) {
		add_overflow(3, 0x9001 + i * 2, i);
		add_overflow(4, 0x9001 + i * 2, i);
	}
	t.wanted[3] = true;
	scan(true);
	assert_int_equal(t.seen.n, 3 * N);
	for (size_t i = 1; i < t.seen.n; i++)
		assert_true(t.seen.items[i].address > t.seen.items[i - 1].address);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	assert_int_equal(lt_overflow_used, N); /* of space 4 */
	scan(true);
	assert_int_equal(t.seen.n, 0);
	t.wanted[4] = true;
	scan(true);
	assert_int_equal(t.seen.n, N);
}

/*
 * A block in an older level is shadowed by one at the same address in a newer one: its release
 * was missed. Blocks of other spaces and addresses shadow nothing.
 */
static void test_shadowed(void **state)
{
	enum { N = 300, N_OTHERS = 80000 };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (uint64_t i = 0; i < N; i++)
		add(1, 0x1000 + i * 16, 1);
	levels_make(2);
	lt_level_used = 1;
	/* So many that the blocks below go to the first and to the second of their buckets. */
	for (uint64_t i = 0; i < N_OTHERS; i++)
		add(3, 0x1000 + i * 16, 9);
	for (uint64_t i = 0; i < N; i += 3)
		add(1, 0x1000 + i * 16, 2);
	for (uint64_t i = 1; i < N; i += 3)
		add(2, 0x1000 + i * 16, 2);
	lt_level_used = 2;
	for (uint64_t i = 0; i < N; i += 6)
		add(1, 0x1000 + i * 16, 3);

	t.wanted[1] = true;
	for (int remove = 0; remove < 2; remove++) {
		size_t at = 0;

		scan(remove);
		assert_int_equal(t.seen.n, N + N / 3 + N / 6);
		for (uint64_t i = 0; i < N; i++) {
			uint64_t newest = i % 6 == 0 ? 3 : i % 3 == 0 ? 2 : 1;

			/* In order: the one that counts, then those in its shadow. */
			check_seen(at++, 1, 0x1000 + i * 16, newest, false);
			for (uint64_t older = 1; older < newest; older++)
				assert_true(t.seen.items[at++].shadowed);
		}
	}
	assert_int_equal(blocks_n_used(), N / 3 + N_OTHERS);
}

/* A place keeps its note; the overflow has no places. */
static void test_notes(void **state)
{
	enum { N = 40000 };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	levels_make(1);
	for (uint64_t i = 0; i < N; i++) {
		if (i == N / 2)
			lt_level_used = 1;
		add(1, 0x1000 + i * 16, i);
	}
	add_overflow(1, 0x1001, 5);
	t.wanted[1] = true;
	scan(false);
	assert_int_equal(t.seen.n, N + 1);
	for (size_t i = 0; i < t.seen.n; i++) {
		assert_int_equal(t.seen.items[i].note, 0);
		assert_int_equal(t.seen.items[i].slot == 0, t.seen.items[i].address == 0x1001);
		assert_int_equal(table_note(t.table, t.seen.items[i].slot, (uint32_t)i + 1), 0);
	}
	for (int remove = 0; remove < 2; remove++) {
		scan(remove);
		assert_int_equal(t.seen.n, N + 1);
		for (size_t i = 0; i < t.seen.n; i++)
			assert_int_equal(t.seen.items[i].note, t.seen.items[i].slot ? i + 1 : 0);
	}
	/* Of no level. */
	assert_int_equal(table_note(t.table, UINT32_MAX, 1), 0);
}

static void test_stop(void **state)
{
	const struct table_visitor visitor = { .visit = see };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (uint64_t i = 0; i < 10; i++) {
		add(1, 0x1000 + i * 16, i);
		add_overflow(1, 0x1001 + i * 16, i);
	}
	t.wanted[1] = true;
	for (t.stop_at = 1; t.stop_at <= 20; t.stop_at++) {
		t.seen.n = 0;
		assert_int_equal(table_scan(t.table, t.wanted, TABLE_READ, &visitor), -ECANCELED);
		assert_int_equal(t.seen.n, t.stop_at);
	}
}

/* Slots that a program is filling, and keys that no program writes. */
static void test_odd_keys(void **state)
{
	const uint64_t keys[] = { UINT64_MAX, (uint64_t)LT_MAX_SPACES << LT_KEY_ADDR_BITS,
				  (uint64_t)(LT_MAX_SPACES + 1) << LT_KEY_ADDR_BITS | 0x200,
				  1ull << 63 };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		shim.levels[0].buckets[i * 1000].keys[i] = keys[i];
	add_overflow(LT_MAX_SPACES, 0x1000, 1);
	add_overflow(UINT32_MAX, 0x1000, 1);
	add(5, 0x4000, 9);
	for (size_t i = 0; i < LT_MAX_SPACES; i++)
		t.wanted[i] = true;
	scan(true);
	assert_int_equal(t.seen.n, 1);
	check_seen(0, 5, 0x4000, 9, false);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_true(shim.levels[0].buckets[i * 1000].keys[i] == keys[i]);
}

/* A level is made when it is wanted, and none beyond what --max-blocks needs. */
static void test_grow(void **state)
{
	_cleanup_(diag_done) struct diag diag = { 0 };

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (uint32_t wanted = 0; wanted < 3; wanted++) {
		lt_level_wanted = wanted;
		for (int i = 0; i < 3; i++) {
			assert_int_equal(table_grow(t.table, &diag), 0);
			assert_int_equal(lt_level_ready, wanted);
		}
	}
	assert_int_equal(table_bytes(t.table), table_bytes_for(ROOMY));
	lt_level_used = 2;
	lt_level_wanted = 3;
	assert_int_equal(table_grow(t.table, &diag), 0);
	assert_int_equal(lt_level_ready, 2);
	assert_int_equal(diag.lines.n, 0);
	levels_share();
	add(1, 0x1000, 5);
	assert_int_equal(level_n_used(2), 1);
	t.wanted[1] = true;
	scan(false);
	check_seen(0, 1, 0x1000, 5, false);
}

/* When the kernel has no room: said once, and the table works on with what it has. */
static void test_grow_fails(void **state)
{
	_cleanup_(diag_done) struct diag diag = { 0 };

	(void)state;
	need_bpf();
	close(t.levels_fd);
	t.levels_fd = levels_create(2);
	table_make(ROOMY);
	levels_make(1);
	lt_level_wanted = 2;
	assert_true(table_grow(t.table, &diag) < 0);
	assert_int_equal(diag.lines.n, 1);
	assert_non_null(strstr(diag.lines.items[0].text, "could not grow"));
	assert_int_equal(table_grow(t.table, &diag), 0);
	assert_int_equal(diag.lines.n, 1);
	assert_int_equal(lt_level_ready, 1);
	add(1, 0x1000, 5);
	t.wanted[1] = true;
	scan(true);
	assert_int_equal(t.seen.n, 1);
}

/* --- a scan of a process that goes on allocating --- */

struct churner {
	pthread_t thread;
	uint32_t id;
	bool stop;
	uint64_t n_wrong;
};

enum { CHURN = 2000, STABLE = 5000 };

/* The size tells the address, so that a mix of two blocks is seen. */
static uint64_t churn_address(uint32_t id, uint64_t i)
{
	return 0x10000000ull * (id + 1) + i * 16;
}

static void *churner_run(void *data)
{
	struct churner *churner = data;
	__u64 random = churner->id + 1;
	bool alive[CHURN] = { false };

	while (!__atomic_load_n(&churner->stop, __ATOMIC_RELAXED)) {
		uint64_t i = random_next(&random) % CHURN;
		uint64_t address = churn_address(churner->id, i);
		struct lt_block block = block_make(address, 1, 8);

		if (alive[i])
			churner->n_wrong += !blocks_remove(1, address, &block) ||
					    block.size_stack >> LT_STACK_BITS != address;
		else
			churner->n_wrong += !blocks_add(1, address, &block);
		alive[i] = !alive[i];
	}
	return NULL;
}

/*
 * Blocks that stay are seen by every scan, exactly once. Those that come and go may be seen twice,
 * in two slots, but never half written.
 */
static void check_churned(void)
{
	size_t n_stable = 0;

	for (size_t i = 0; i < t.seen.n; i++) {
		const struct seen *block = &t.seen.items[i];

		assert_int_equal(block->bytes, block->address);
		assert_false(block->shadowed);
		n_stable += block->address < 0x10000000;
		if (i > 0 && block->address < 0x10000000)
			assert_true(block->address > t.seen.items[i - 1].address);
	}
	assert_int_equal(n_stable, STABLE);
}

static void test_scan_while_busy(void **state)
{
	struct churner churners[2] = { { .id = 0 }, { .id = 1 } };
	uint64_t n_seen = 0;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	for (uint64_t i = 1; i <= STABLE; i++) {
		struct lt_block block = block_make(i * 16, 1, 8);

		assert_int_equal(blocks_add(1, i * 16, &block), 1);
	}
	t.wanted[1] = true;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			pthread_create(&churners[i].thread, NULL, churner_run, &churners[i]), 0);
	for (int i = 0; i < 100; i++) {
		scan(false);
		check_churned();
		n_seen += t.seen.n;
	}
	for (int i = 0; i < 2; i++)
		__atomic_store_n(&churners[i].stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(churners[i].thread, NULL), 0);
		assert_int_equal(churners[i].n_wrong, 0);
	}
	/* Some that come and go were seen, or this would have tested nothing. */
	assert_true(n_seen > 100 * STABLE);
	scan(true);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TABLE_TEST(test_open),
		TABLE_TEST(test_open_fails),
		TABLE_TEST(test_scan),
		TABLE_TEST(test_scan_many),
		TABLE_TEST(test_shadowed),
		TABLE_TEST(test_notes),
		TABLE_TEST(test_stop),
		TABLE_TEST(test_odd_keys),
		TABLE_TEST(test_grow),
		TABLE_TEST(test_grow_fails),
		TABLE_TEST(test_scan_while_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
