// SPDX-License-Identifier: BSD-2-Clause
/* When the blocks of ended processes leave the table. */
#include "base/clock.h"
#include "collect/drains.h"

#include "table_fixture.h"

static struct images *ended_images(void)
{
	struct images *images = calloc(1, sizeof(*images)); /* large */

	assert_non_null(images);
	images->n_ended = 1;
	return images;
}

/* The longer a pass takes, the longer is the pause after it: nine times as long, and 10 ms. */
static void test_pause(void **state)
{
	const uint64_t pass_ns = 30000000, about_ns = 2000000000;
	struct images *images = ended_images();
	struct drains drains = { 0 };
	uint64_t begin_ns = clock_monotonic_ns() - pass_ns;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	drains.table = t.table;
	assert_true(drains_due(&drains, images, begin_ns));
	images->n_ended_blocks = 5;
	drains_over(&drains, images, begin_ns);
	assert_int_equal(images->n_ended_blocks, 0);
	assert_false(drains_due(&drains, images, begin_ns + 10 * pass_ns));
	assert_true(drains_due(&drains, images, begin_ns + 10 * pass_ns + about_ns));
	free(images);
}

/* But the table is not to grow for the dead, nor may processes find no space. */
static void test_urgent(void **state)
{
	struct images *images = ended_images();
	struct drains drains = { .next_ns = UINT64_MAX };
	uint64_t n_slots = (uint64_t)LT_LEVEL0_BUCKETS * LT_BUCKET_SLOTS;

	(void)state;
	need_bpf();
	table_make(ROOMY);
	drains.table = t.table;
	assert_int_equal(table_slots(t.table), n_slots);
	images->n_ended_blocks = n_slots / 8 - 1;
	assert_false(drains_due(&drains, images, 1));
	images->n_ended_blocks++;
	assert_true(drains_due(&drains, images, 1));
	images->n_ended_blocks = 0;
	images->n_ended = LT_MAX_SPACES / 2;
	assert_true(drains_due(&drains, images, 1));
	free(images);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TABLE_TEST(test_pause), TABLE_TEST(test_urgent) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
