// SPDX-License-Identifier: BSD-2-Clause
/* The table of live blocks under threads that share its buckets: exact, whoever comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>

#include "bpf/blocks_native.h"

enum {
	N_THREADS = 4,
	N_ADDRESSES = 105, /* of each thread */
	N_STEPS = 200000,  /* of each thread */
	N_BUCKETS = 64,	   /* to which all addresses lead: nearly as many as there are slots */
};

static __u64 addresses[N_THREADS * N_ADDRESSES];

/* Addresses of which both buckets are among the first ones of level 0. */
static void addresses_find(void)
{
	const __u32 mask = LT_LEVEL0_BUCKETS - 1;
	__u64 address = 0x7f0000000000ull;

	for (size_t n = 0; n < N_THREADS * N_ADDRESSES; address += 16) {
		__u64 key = block_key(1, address);

		if ((lt_first_bucket(key) & mask) < N_BUCKETS &&
		    (lt_second_bucket(key) & mask) < N_BUCKETS)
			addresses[n++] = address;
		/* Each is one of 65536. */
		assert_true(address < 0x7f0000000000ull + (1ull << 36));
	}
}

struct worker {
	pthread_t thread;
	unsigned id;
	__u64 n_wrong;
	bool alive[N_ADDRESSES];
	struct lt_block blocks[N_ADDRESSES];
};

/* The addresses of a worker are every fourth one: neighbours belong to others. */
static __u64 worker_address(const struct worker *worker, size_t i)
{
	return addresses[i * N_THREADS + worker->id];
}

static void worker_add(struct worker *worker, size_t i, __u64 seed)
{
	worker->blocks[i] = block_of(seed);
	if (blocks_add(1, worker_address(worker, i), &worker->blocks[i]) != 1)
		worker->n_wrong++;
	worker->alive[i] = true;
}

static void worker_remove(struct worker *worker, size_t i)
{
	struct lt_block block;
	bool known = blocks_remove(1, worker_address(worker, i), &block);

	if (known != worker->alive[i] || (known && !block_equals(&block, &worker->blocks[i])))
		worker->n_wrong++;
	worker->alive[i] = false;
}

/* Assertions of cmocka are for the main thread: what is wrong is counted. */
static void *worker_run(void *data)
{
	struct worker *worker = data;
	__u64 random = worker->id + 1;

	for (int step = 0; step < N_STEPS; step++) {
		__u64 r = random_next(&random);
		size_t i = (r >> 20) % N_ADDRESSES;

		/* Not twice: a duplicate is counted, but which copy it replaces is free. */
		if (!worker->alive[i] && (r >> 40) % 8)
			worker_add(worker, i, r);
		else
			worker_remove(worker, i);
	}
	return NULL;
}

static size_t workers_check(struct worker *workers)
{
	size_t n_alive = 0;

	for (unsigned id = 0; id < N_THREADS; id++) {
		assert_int_equal(workers[id].n_wrong, 0);
		for (size_t i = 0; i < N_ADDRESSES; i++)
			n_alive += workers[id].alive[i];
	}
	return n_alive;
}

static void test_disjoint_addresses(void **state)
{
	struct worker *workers = calloc(N_THREADS, sizeof(*workers));
	size_t n_alive;

	(void)state;
	assert_non_null(workers);
	shim_init(1);
	addresses_find();
	for (unsigned id = 0; id < N_THREADS; id++) {
		workers[id].id = id;
		assert_int_equal(
			pthread_create(&workers[id].thread, NULL, worker_run, &workers[id]), 0);
	}
	for (unsigned id = 0; id < N_THREADS; id++)
		assert_int_equal(pthread_join(workers[id].thread, NULL), 0);
	n_alive = workers_check(workers);
	assert_true(n_alive > N_THREADS * N_ADDRESSES / 4);
	assert_int_equal(blocks_n_used(), n_alive);
	for (unsigned id = 0; id < N_THREADS; id++) {
		for (size_t i = 0; i < N_ADDRESSES; i++)
			worker_remove(&workers[id], i);
	}
	assert_int_equal(workers_check(workers), 0);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	for (int i = 0; i < LT_LOSS_COUNT; i++)
		assert_int_equal(shim_losses(i), 0);
	free(workers);
	shim_done();
}

enum { N_ROUNDS = 20000, N_RACED = 16 };

struct racer {
	pthread_t thread;
	bool adds;
	unsigned *n_arrived; /* of both racers, in all rounds */
	__u64 n_removed;
};

/*
 * Both leave at nearly the same moment: a barrier that sleeps would let one of them be done
 * before the other wakes up. A machine with one CPU has to be given the chance to go on.
 */
static void racer_meet(struct racer *racer, unsigned meeting)
{
	__atomic_add_fetch(racer->n_arrived, 1, __ATOMIC_ACQ_REL);
	for (unsigned spin = 1; __atomic_load_n(racer->n_arrived, __ATOMIC_ACQUIRE) < 2 * meeting;
	     spin++) {
		if (spin % 10000 == 0)
			sched_yield();
	}
}

static void *racer_run(void *data)
{
	struct racer *racer = data;

	for (unsigned round = 0; round < N_ROUNDS; round++) {
		struct lt_block block = block_of(round);

		for (size_t i = 0; racer->adds && i < N_RACED; i++)
			blocks_add(1, addresses[i], &block);
		racer_meet(racer, 2 * round + 1);
		/* From both ends: wherever they cross, they want the same block. */
		for (size_t i = 0; i < N_RACED; i++) {
			size_t at = racer->adds ? i : N_RACED - 1 - i;

			racer->n_removed += blocks_remove(1, addresses[at], &block);
		}
		racer_meet(racer, 2 * round + 2);
	}
	return NULL;
}

/* Releases of one block by two threads are a bug of the target: one of them counts. */
static void test_double_free(void **state)
{
	unsigned n_arrived = 0;
	struct racer racers[2] = { { .adds = true, .n_arrived = &n_arrived },
				   { .n_arrived = &n_arrived } };

	(void)state;
	shim_init(1);
	addresses_find();
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, racer_run, &racers[i]), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
	assert_int_equal(racers[0].n_removed + racers[1].n_removed, N_ROUNDS * N_RACED);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 0);
	shim_done();
}

enum { N_GROWN = 110000 }; /* of each thread: enough for the third level */

static __u64 grown_address(unsigned id, size_t i)
{
	return 0x7f0000000000ull + (i * N_THREADS + id) * 16;
}

/* Adds many, and takes every third one out again. */
static void *grower_run(void *data)
{
	struct worker *worker = data;

	for (size_t i = 0; i < N_GROWN; i++) {
		struct lt_block block = block_of(i * N_THREADS + worker->id), found;
		size_t gone = i / 2;

		worker->n_wrong += blocks_add(1, grown_address(worker->id, i), &block) != 1;
		if (i % 2 || gone % 3)
			continue;
		block = block_of(gone * N_THREADS + worker->id);
		worker->n_wrong += blocks_remove(1, grown_address(worker->id, gone), &found) != 1 ||
				   !block_equals(&found, &block);
	}
	return NULL;
}

/* What is there and what is not, when all threads have ended. */
static void check_grown(unsigned id)
{
	for (size_t i = 0; i < N_GROWN; i++) {
		struct lt_block block = block_of(i * N_THREADS + id), found;
		bool gone = i < N_GROWN / 2 && i % 3 == 0;

		assert_int_equal(blocks_remove(1, grown_address(id, i), &found), !gone);
		assert_true(gone || block_equals(&found, &block));
	}
}

/* Growth while others add and remove: one bell for each level. */
static void test_growth(void **state)
{
	struct worker *workers = calloc(N_THREADS, sizeof(*workers));

	(void)state;
	assert_non_null(workers);
	shim_init(3);
	for (unsigned id = 0; id < N_THREADS; id++) {
		workers[id].id = id;
		assert_int_equal(
			pthread_create(&workers[id].thread, NULL, grower_run, &workers[id]), 0);
	}
	for (unsigned id = 0; id < N_THREADS; id++)
		assert_int_equal(pthread_join(workers[id].thread, NULL), 0);
	assert_int_equal(workers_check(workers), 0);
	assert_int_equal(lt_level_used, 2);
	assert_int_equal(shim.n_events[LT_EVENT_GROW], lt_level_wanted);
	for (unsigned id = 0; id < N_THREADS; id++)
		check_grown(id);
	assert_int_equal(blocks_n_used(), 0);
	assert_true(spills_are_right());
	assert_int_equal(shim_losses(LT_LOSS_BLOCKS_FULL), 0);
	assert_int_equal(shim_losses(LT_LOSS_DUPLICATE_BLOCKS), 0);
	free(workers);
	shim_done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disjoint_addresses),
		cmocka_unit_test(test_double_free),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
