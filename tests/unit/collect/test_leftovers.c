// SPDX-License-Identifier: BSD-2-Clause
/* What is forgotten of processes that have ended, and what must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "collect/image_tables.h"
#include "collect/leftovers.h"

enum { N_STACKS = 40000, N_SITES = 40000, SITES_EACH = 100 };

struct fixture {
	struct result result;
	struct stacks stacks;
	struct modules modules;
	struct images *images; /* large */
	struct image image;
	struct holdings holdings;
	size_t n_gone; /* modules, as the owner was told */
	size_t n_gone_together;
	size_t n_unpublished;
};

static void module_gone(void *data, const struct module *module)
{
	struct fixture *fixture = data;

	assert_non_null(module->path);
	fixture->n_gone++;
}

static void modules_gone(void *data)
{
	struct fixture *fixture = data;

	fixture->n_gone_together = fixture->n_gone;
}

static int module_table(void *data, const struct module *module, uint64_t offset,
			struct lt_module *ret)
{
	(void)data;
	(void)module;
	(void)offset;
	*ret = (struct lt_module){ 0 };
	return 0;
}

static void module_publish(void *data, const struct lt_module_key *key,
			   const struct lt_module *table)
{
	struct fixture *fixture = data;

	assert_int_equal(key->size, 77);
	fixture->n_unpublished += !table;
}

static uint32_t stack_add(struct fixture *fixture, uint64_t offset)
{
	struct place place = { .module = 1, .offset = offset };
	struct stack *stack;

	assert_int_equal(stacks_intern(&fixture->stacks, &place, 1, STACK_COMPLETE, &stack), 0);
	return stack->id;
}

static void site_add(struct sites *to, uint32_t process, uint32_t stack, uint32_t routine)
{
	struct site_key key = { .process = process, .stack = stack };
	struct object object = { .address = 16, .bytes = 8, .routine = routine };

	assert_int_equal(sites_add(to, &key, &object, 1), 0);
}

static void fixture_init(struct fixture *fixture, enum mode mode)
{
	*fixture = (struct fixture){ 0 };
	result_init(&fixture->result);
	fixture->result.mode = mode;
	assert_int_equal(stacks_init(&fixture->stacks), 0);
	fixture->images = calloc(1, sizeof(*fixture->images));
	assert_non_null(fixture->images);
	fixture->images->options.result = &fixture->result;
	fixture->images->options.stacks = &fixture->stacks;
	assert_int_equal(modules_init(&fixture->modules), 0);
	fixture->images->options.modules = &fixture->modules;
	fixture->images->options.module_gone = module_gone;
	fixture->images->options.modules_gone = modules_gone;
	fixture->images->options.module_table = module_table;
	fixture->images->options.module_publish = module_publish;
	fixture->images->options.publish_data = fixture;
	fixture->images->options.data = fixture;
	fixture->holdings.options.images = fixture->images;
}

static void fixture_done(struct fixture *fixture)
{
	vec_done(&fixture->image.stacks);
	threads_done(&fixture->image.threads);
	sites_done(&fixture->holdings.ended);
	sites_done(&fixture->holdings.last);
	releases_done(&fixture->holdings.released);
	peaks_done(&fixture->holdings.peaks);
	stacks_done(&fixture->stacks);
	image_tables_done(fixture->images);
	modules_done(&fixture->modules);
	result_done(&fixture->result);
	free(fixture->images);
}

static void assert_stack(struct fixture *fixture, uint32_t id)
{
	assert_int_equal(stacks_get(&fixture->stacks, id)->id, id);
}

/* One stack for each way to refer to one; all others go. */
static void test_stacks(void **state)
{
	struct fixture fixture;
	struct release release = { .stack = 5 };
	struct thread thread = { .routine = 6 };
	struct peak_part part = { .stack = 9 };

	(void)state;
	fixture_init(&fixture, MODE_RUN);
	for (uint32_t i = 1; i <= N_STACKS; i++)
		assert_int_equal(stack_add(&fixture, i), i);
	assert_int_equal(vec_push(&fixture.image.stacks, 0), 0);
	assert_int_equal(vec_push(&fixture.image.stacks, 1), 0);
	assert_int_equal(vec_push(&fixture.image.threads.list, thread), 0);
	fixture.images->by_space[LT_MAX_SPACES - 1] = &fixture.image;
	site_add(&fixture.holdings.ended, 0, 2, 7);
	site_add(&fixture.holdings.last, 0, 3, 0);
	site_add(&fixture.result.sites, 0, 4, 0);
	assert_int_equal(vec_push(&fixture.holdings.released.items, release), 0);
	release.stack = 8;
	assert_int_equal(vec_push(&fixture.result.releases.items, release), 0);
	assert_int_equal(vec_push(&fixture.holdings.peaks.items, part), 0);
	part.stack = 10;
	assert_int_equal(vec_push(&fixture.result.peaks.items, part), 0);
	leftovers_drop(&fixture.holdings);
	for (uint32_t i = 1; i <= 10; i++)
		assert_stack(&fixture, i);
	assert_int_equal(fixture.stacks.items.n, 1 + 10 + 1);
	/* Few are no trouble. */
	for (uint32_t i = 0; i < 1000; i++)
		stack_add(&fixture, N_STACKS + 1 + i);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.stacks.items.n, 1 + 10 + 1 + 1000);
	fixture_done(&fixture);
}

static void fill_sites(struct fixture *fixture, uint32_t sites_each)
{
	for (uint32_t i = 0; i < N_SITES; i++) {
		struct process process = { .pid = 1, .end_ns = 1000 + i / sites_each };

		if (i % sites_each == 0)
			assert_int_equal(vec_push(&fixture->result.processes, process), 0);
		site_add(&fixture->holdings.ended, i / sites_each, i + 1, 0);
	}
}

static void test_sites(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MODE_SYSTEM);
	fill_sites(&fixture, SITES_EACH);
	leftovers_drop(&fixture.holdings);
	assert_in_range(fixture.holdings.ended.items.n, N_SITES / 2 - SITES_EACH, N_SITES / 2);
	assert_int_equal(fixture.result.n_sites_forgotten,
			 N_SITES - fixture.holdings.ended.items.n);
	vec_foreach(site, &fixture.holdings.ended.items)
		assert_true((*site)->key.process > N_SITES / SITES_EACH / 2);
	fixture_done(&fixture);

	/* All of one process, the only one that has ended. */
	fixture_init(&fixture, MODE_SYSTEM);
	fill_sites(&fixture, N_SITES);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.holdings.ended.items.n, N_SITES);
	assert_int_equal(fixture.result.n_sites_forgotten, 0);
	fixture_done(&fixture);

	/* What a command or a chosen process has left is what the report is about. */
	fixture_init(&fixture, MODE_RUN);
	fill_sites(&fixture, SITES_EACH);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.holdings.ended.items.n, N_SITES);
	fixture_done(&fixture);
}

/* One process for each way to refer to one. */
static void test_processes(void **state)
{
	enum { N_PROCESSES = RETIRED_MIN + 1000 };
	struct process process = { .pid = 1, .end = END_EXIT };
	struct release release = { .process = 4 };
	struct peak_part part = { .process = 6 };
	struct fixture fixture;
	struct retired *retired;

	(void)state;
	fixture_init(&fixture, MODE_SYSTEM);
	retired = &fixture.images->retired;
	for (uint32_t i = 0; i < N_PROCESSES; i++) {
		process.end_ns = i + 1;
		assert_int_equal(vec_push(&fixture.result.processes, process), 0);
	}
	fixture.image.process = 0;
	fixture.images->by_space[LT_MAX_SPACES - 1] = &fixture.image;
	site_add(&fixture.holdings.ended, 1, 0, 0);
	site_add(&fixture.holdings.last, 2, 0, 0);
	site_add(&fixture.result.sites, 3, 0, 0);
	assert_int_equal(vec_push(&fixture.holdings.released.items, release), 0);
	release.process = 5;
	assert_int_equal(vec_push(&fixture.result.releases.items, release), 0);
	assert_int_equal(vec_push(&fixture.holdings.peaks.items, part), 0);
	part.process = 7;
	assert_int_equal(vec_push(&fixture.result.peaks.items, part), 0);
	leftovers_drop(&fixture.holdings);
	/* The place of the first to end that nothing refers to is the first to be taken. */
	assert_int_equal(retired->spare.n, N_PROCESSES - 8 - RETIRED_MIN / 2);
	assert_int_equal(retired->spare.items[retired->spare.n - 1], 8);
	retired_done(retired);
	fixture_done(&fixture);

	/* The processes of a command are what the report is about. */
	fixture_init(&fixture, MODE_RUN);
	for (uint32_t i = 0; i < N_PROCESSES; i++)
		assert_int_equal(vec_push(&fixture.result.processes, process), 0);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.images->retired.spare.n, 0);
	fixture_done(&fixture);
}

static void fill_peaks(struct fixture *fixture, uint32_t sites_each)
{
	for (uint32_t i = 0; i < N_SITES; i++) {
		struct peak_part part = { .process = i / sites_each, .stack = i };

		assert_int_equal(vec_push(&fixture->holdings.peaks.items, part), 0);
	}
}

static void test_peaks(void **state)
{
	struct peaks *peaks;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MODE_SYSTEM);
	peaks = &fixture.holdings.peaks;
	/* The middle is in the middle of a process, which goes as a whole. */
	fill_peaks(&fixture, SITES_EACH - 1);
	leftovers_drop(&fixture.holdings);
	assert_in_range(peaks->items.n, N_SITES / 2 - SITES_EACH, N_SITES / 2 - 1);
	assert_int_equal(fixture.result.n_sites_forgotten, N_SITES - peaks->items.n);
	assert_int_equal(peaks->items.items[0].stack % (SITES_EACH - 1), 0);
	assert_int_equal(peaks->items.items[peaks->items.n - 1].stack, N_SITES - 1);
	fixture_done(&fixture);

	fixture_init(&fixture, MODE_SYSTEM);
	fill_peaks(&fixture, N_SITES);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.holdings.peaks.items.n, N_SITES);
	fixture_done(&fixture);

	fixture_init(&fixture, MODE_RUN);
	fill_peaks(&fixture, SITES_EACH);
	leftovers_drop(&fixture.holdings);
	assert_int_equal(fixture.holdings.peaks.items.n, N_SITES);
	fixture_done(&fixture);
}

/* Generated code of a process of this pid; its table is known to the programs. */
static uint32_t module_add(struct fixture *fixture, uint32_t pid)
{
	struct lt_module_key key = { .ino = pid, .size = 77 };
	struct module *module;
	char path[32];

	snprintf(path, sizeof(path), "[anon:%u]", pid);
	assert_int_equal(modules_intern(&fixture->modules, MODULE_ANON, path, NULL, 0, &module), 0);
	assert_int_equal(image_tables_publish(fixture->images, module, &key), 0);
	return module->id;
}

static struct image_maps *maps_of(uint32_t module)
{
	struct image_maps *maps = image_maps_new();
	struct mapping mapping = { .start = 4096, .end = 8192, .module = module };

	assert_non_null(maps);
	assert_int_equal(mappings_add(maps->mappings, &mapping), 0);
	return maps;
}

static void drop_of_many_modules(struct fixture *fixture, uint32_t n)
{
	struct image_pid pid = { .pid = 9, .maps = maps_of(1) };
	struct place place = { .module = 4, .offset = 8 };
	struct site_key key = { .process = 0 };
	struct object object = { .address = 16, .bytes = 8 };
	struct stack *stack;

	for (uint32_t i = 1; i <= n; i++)
		assert_int_equal(module_add(fixture, i), i);
	HASH_ADD(hh, fixture->images->by_pid, pid, sizeof(pid.pid), &pid);
	fixture->image.maps = maps_of(2);
	fixture->image.maps->exe = 3;
	fixture->images->by_space[7] = &fixture->image;
	assert_int_equal(stacks_intern(&fixture->stacks, &place, 1, STACK_COMPLETE, &stack), 0);
	assert_int_equal(vec_push(&fixture->image.stacks, stack->id), 0);
	assert_int_equal(sites_add(&fixture->holdings.ended, &key, &object, 1), 0);
	fixture->holdings.ended.items.items[0]->root.module = 5;
	leftovers_drop(&fixture->holdings);
	HASH_DEL(fixture->images->by_pid, &pid);
	image_maps_unref(pid.maps);
	image_maps_unref(fixture->image.maps);
}

/* One module for each way to refer to one; all others go, and with them what the programs know. */
static void test_modules(void **state)
{
	enum { N = 2000 };
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MODE_SYSTEM);
	drop_of_many_modules(&fixture, N);
	assert_int_equal(fixture.modules.items.n, 1 + 5);
	for (uint32_t id = 0; id <= 5; id++)
		assert_int_equal(modules_get(&fixture.modules, id)->id, id);
	assert_int_equal(fixture.n_gone, N - 5);
	assert_int_equal(fixture.n_gone_together, N - 5);
	assert_int_equal(fixture.n_unpublished, N - 5);
	assert_int_equal(HASH_COUNT(fixture.images->tables), 5);
	/* What comes again is another one. */
	assert_int_equal(module_add(&fixture, 6), N + 1);
	fixture_done(&fixture);
}

static void test_modules_stay(void **state)
{
	struct fixture fixture;

	(void)state;
	/* Few are no trouble. */
	fixture_init(&fixture, MODE_SYSTEM);
	drop_of_many_modules(&fixture, 100);
	assert_int_equal(fixture.n_gone, 0);
	fixture_done(&fixture);

	/* A recording refers to them by their ids. */
	fixture_init(&fixture, MODE_SYSTEM);
	fixture.result.marks.is_recorded = true;
	drop_of_many_modules(&fixture, 2000);
	assert_int_equal(fixture.modules.items.n, 1 + 2000);
	assert_int_equal(fixture.n_unpublished, 0);
	fixture_done(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks),	  cmocka_unit_test(test_sites),
		cmocka_unit_test(test_processes), cmocka_unit_test(test_peaks),
		cmocka_unit_test(test_modules),	  cmocka_unit_test(test_modules_stay),
	};

	return cmocka_run_group_tests_name("leftovers", tests, NULL, NULL);
}
