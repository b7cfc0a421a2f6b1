// SPDX-License-Identifier: BSD-2-Clause
/* Folding of blocks by call site, filtering, and merging over processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/sites.h"

static struct site_key key_of(uint32_t process, uint32_t stack)
{
	return (struct site_key){ .process = process,
				  .stack = stack,
				  .kind = KIND_MEMORY,
				  .class = CLASS_OUTSTANDING };
}

static void add(struct sites *sites, struct site_key key, uint64_t address, uint64_t bytes,
		uint64_t birth_ns)
{
	struct object object = { .address = address, .bytes = bytes };

	assert_int_equal(sites_add(sites, &key, &object, birth_ns), 0);
}

static void test_fold(void **state)
{
	struct site_key key = key_of(0, 1), other = key_of(0, 2), absent = key_of(1, 1);
	struct sites sites;
	struct site *site;

	(void)state;
	sites_init(&sites);
	assert_null(sites_find(&sites, &key));
	add(&sites, key, 0x1000, 100, 50);
	add(&sites, key, 0x2000, 28, 40);
	add(&sites, key, 0x3000, 0, 60);
	add(&sites, other, 0x4000, 7, 10);
	assert_int_equal(sites.items.n, 2);
	site = sites_find(&sites, &key);
	assert_int_equal(site->n_blocks, 3);
	assert_int_equal(site->bytes, 128);
	assert_int_equal(site->oldest_ns, 40);
	assert_int_equal(site->n_objects, 3);
	assert_int_equal(site->objects[1].address, 0x2000);
	assert_int_equal(site->objects[1].bytes, 28);
	assert_int_equal(sites_find(&sites, &other)->bytes, 7);
	assert_null(sites_find(&sites, &absent));
	sites_done(&sites);
}

/* Kind and class are part of what a site is. */
static void test_fold_by_class(void **state)
{
	struct site_key key = key_of(0, 1);
	struct sites sites;

	(void)state;
	sites_init(&sites);
	add(&sites, key, 0x1000, 1, 0);
	key.class = CLASS_LOST;
	add(&sites, key, 0x2000, 2, 0);
	key.kind = KIND_MAPPING;
	add(&sites, key, 0x3000, 4, 0);
	assert_int_equal(sites.items.n, 3);
	assert_int_equal(sites_find(&sites, &key)->bytes, 4);
	sites_done(&sites);
}

static void test_objects_are_bounded(void **state)
{
	struct site_key key = key_of(0, 1);
	struct sites sites;
	struct site *site;

	(void)state;
	sites_init(&sites);
	for (uint64_t i = 0; i < 1000; i++)
		add(&sites, key, 0x1000 + i, 1, 0);
	site = sites_find(&sites, &key);
	assert_int_equal(site->n_blocks, 1000);
	assert_int_equal(site->n_objects, SITE_MAX_OBJECTS);
	for (uint64_t i = 0; i < SITE_MAX_OBJECTS; i++)
		assert_int_equal(site->objects[i].address, 0x1000 + i);
	sites_done(&sites);
}

static void test_filter(void **state)
{
	struct site_key small = key_of(0, 1), large = key_of(0, 2), many = key_of(0, 3);
	struct sites sites;

	(void)state;
	sites_init(&sites);
	add(&sites, small, 0x1000, 10, 0);
	add(&sites, large, 0x2000, 5000, 0);
	for (uint64_t i = 0; i < 20; i++)
		add(&sites, many, 0x3000 + i, 10, 0);

	assert_int_equal(sites_filter(&sites, 0, 0), 0);
	assert_int_equal(sites_filter(&sites, 10, 1), 0);
	assert_int_equal(sites_filter(&sites, 11, 0), 1);
	assert_null(sites_find(&sites, &small));
	assert_non_null(sites_find(&sites, &large));
	assert_int_equal(sites_filter(&sites, 0, 2), 1);
	assert_null(sites_find(&sites, &large));
	assert_int_equal(sites.items.n, 1);
	assert_int_equal(sites.items.items[0]->n_blocks, 20);
	/* A site that was dropped starts anew. */
	add(&sites, small, 0x9000, 3, 0);
	assert_int_equal(sites_find(&sites, &small)->bytes, 3);
	assert_int_equal(sites_filter(&sites, UINT64_MAX, UINT64_MAX), 2);
	assert_int_equal(sites.items.n, 0);
	sites_done(&sites);
}

static void test_group(void **state)
{
	struct site_groups groups;
	struct sites sites;
	struct site_group *g;

	(void)state;
	sites_init(&sites);
	add(&sites, key_of(0, 1), 0x1000, 10, 30);
	add(&sites, key_of(1, 1), 0x1000, 50, 20);
	add(&sites, key_of(1, 1), 0x2000, 50, 25);
	add(&sites, key_of(2, 1), 0x1000, 20, 90);
	add(&sites, key_of(0, 2), 0x3000, 500, 1);
	assert_int_equal(sites_group(&sites, &groups), 0);
	assert_int_equal(groups.items.n, 2);
	assert_int_equal(groups.items.items[0]->stack, 2);
	g = groups.items.items[1];
	assert_int_equal(g->stack, 1);
	assert_int_equal(g->kind, KIND_MEMORY);
	assert_int_equal(g->class, CLASS_OUTSTANDING);
	assert_int_equal(g->n_blocks, 4);
	assert_int_equal(g->bytes, 130);
	assert_int_equal(g->oldest_ns, 20);
	assert_int_equal(g->n_processes, 3);
	assert_int_equal(g->growth, 0);
	assert_int_equal(g->first->key.process, 1);
	site_groups_done(&groups);
	sites_done(&sites);
}

static void test_group_order(void **state)
{
	static const uint32_t expected[] = { 4, 3, 1, 2 };
	struct site_groups groups;
	struct sites sites;

	(void)state;
	sites_init(&sites);
	add(&sites, key_of(0, 2), 0x1000, 10, 0);
	add(&sites, key_of(0, 1), 0x2000, 10, 0);
	add(&sites, key_of(0, 3), 0x3000, 5, 0);
	add(&sites, key_of(0, 3), 0x4000, 5, 0);
	add(&sites, key_of(0, 4), 0x5000, 11, 0);
	assert_int_equal(sites_group(&sites, &groups), 0);
	assert_int_equal(groups.items.n, 4);
	/* Bytes, then blocks, then the stack's number: the order never depends on chance. */
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(groups.items.items[i]->stack, expected[i]);
	site_groups_done(&groups);
	sites_done(&sites);
}

static void test_group_growth(void **state)
{
	struct site_groups groups;
	struct sites sites;
	struct site *grown, *shrunk;

	(void)state;
	sites_init(&sites);
	add(&sites, key_of(0, 1), 0x1000, 300, 0);
	add(&sites, key_of(1, 1), 0x1000, 40, 0);
	add(&sites, key_of(0, 2), 0x1000, 1, 0);
	grown = sites_find(&sites, &(struct site_key){ .process = 0, .stack = 1 });
	shrunk = sites_find(&sites, &(struct site_key){ .process = 1, .stack = 1 });
	assert_int_equal(vec_push(&grown->growth, 100), 0);
	assert_int_equal(vec_push(&grown->growth, 250), 0);
	assert_int_equal(vec_push(&grown->growth, 300), 0);
	assert_int_equal(vec_push(&shrunk->growth, 110), 0);
	assert_int_equal(vec_push(&shrunk->growth, 40), 0);
	assert_int_equal(sites_group(&sites, &groups), 0);
	assert_int_equal(groups.items.items[0]->growth, 50 - 70);
	assert_int_equal(groups.items.items[1]->growth, 0);
	site_groups_done(&groups);
	sites_done(&sites);
}

static void test_group_empty(void **state)
{
	struct site_groups groups;
	struct sites sites;

	(void)state;
	sites_init(&sites);
	assert_int_equal(sites_group(&sites, &groups), 0);
	assert_int_equal(groups.items.n, 0);
	site_groups_done(&groups);
	sites_done(&sites);
}

static void test_merge(void **state)
{
	struct site_key key = key_of(0, 1), fresh = key_of(0, 2);
	struct sites sites, more;
	struct site *site;

	(void)state;
	sites_init(&sites);
	sites_init(&more);
	for (uint64_t i = 0; i < 5; i++) {
		add(&sites, key, 0x1000 + i, 10, 50);
		add(&more, key, 0x2000 + i, 7, 40);
	}
	add(&more, fresh, 0x3000, 1, 9);
	vec_foreach(item, &more.items)
		assert_int_equal(sites_merge(&sites, *item), 0);
	site = sites_find(&sites, &key);
	assert_int_equal(site->n_blocks, 10);
	assert_int_equal(site->bytes, 85);
	assert_int_equal(site->oldest_ns, 40);
	/* Examples are taken over as far as there is room. */
	assert_int_equal(site->n_objects, SITE_MAX_OBJECTS);
	assert_int_equal(site->objects[4].address, 0x1004);
	assert_int_equal(site->objects[5].address, 0x2000);
	site = sites_find(&sites, &fresh);
	assert_int_equal(site->n_blocks, 1);
	assert_int_equal(site->oldest_ns, 9);
	sites_done(&more);
	sites_done(&sites);
}

static void test_inherit_growth(void **state)
{
	struct site earlier = { 0 };

	(void)state;
	for (uint64_t n = 0; n < SITE_MAX_GROWTH + 3; n++) {
		size_t n_kept = n < SITE_MAX_GROWTH ? n : SITE_MAX_GROWTH - 1;
		struct site site = { 0 };

		/* With the size of this report added there are at most SITE_MAX_GROWTH. */
		assert_int_equal(site_inherit_growth(&site, &earlier), 0);
		assert_int_equal(site.growth.n, n_kept);
		for (size_t i = 0; i < n_kept; i++)
			assert_int_equal(site.growth.items[i], n - n_kept + i);
		vec_done(&site.growth);
		assert_int_equal(vec_push(&earlier.growth, n), 0);
	}
	vec_done(&earlier.growth);
}

static void test_names(void **state)
{
	(void)state;
	for (int kind = 0; kind < _KIND_MAX; kind++)
		assert_non_null(resource_kind_name(kind));
	for (int class = 0; class < _CLASS_MAX; class++)
		assert_int_equal(resource_class_parse(resource_class_name(class)), class);
	assert_true(resource_class_parse("") < 0);
	assert_true(resource_class_parse("lost ") < 0);
	assert_string_equal(resource_class_name(CLASS_AT_EXIT), "at-exit");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_by_class),
		cmocka_unit_test(test_objects_are_bounded),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_group_order),
		cmocka_unit_test(test_group_growth),
		cmocka_unit_test(test_group_empty),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_inherit_growth),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("sites", tests, NULL, NULL);
}
