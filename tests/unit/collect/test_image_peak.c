// SPDX-License-Identifier: BSD-2-Clause
/* What an image held at the look with the most bytes is kept, stack by stack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collect/images.h"

enum { N_STACKS = 5 };

struct fixture {
	struct result result;
	struct images *images; /* large */
	struct image image;
};

static void fixture_init(struct fixture *fixture)
{
	const struct process process = { .pid = 1, .start_ns = 1000 };

	*fixture = (struct fixture){ 0 };
	result_init(&fixture->result);
	assert_int_equal(vec_push(&fixture->result.processes, process), 0);
	fixture->images = calloc(1, sizeof(*fixture->images));
	assert_non_null(fixture->images);
	fixture->images->options.result = &fixture->result;
	/* The stack with the index 3 was not received. */
	for (uint32_t i = 0; i < N_STACKS; i++)
		assert_int_equal(vec_push(&fixture->image.stacks, i == 3 ? 0 : 100 + i), 0);
}

static void fixture_done(struct fixture *fixture)
{
	vec_done(&fixture->image.stacks);
	image_peak_done(&fixture->image.peak);
	result_done(&fixture->result);
	free(fixture->images);
}

/* Bytes by stack, each in one block; 0: there is none. */
static void look(struct fixture *fixture, uint64_t time_ns, const uint64_t bytes[N_STACKS])
{
	image_peak_begin(&fixture->image);
	/* Blocks are in no order of stacks. */
	for (uint32_t i = N_STACKS; i-- > 0;) {
		const struct estimate one = { 1, bytes[i] };

		if (bytes[i])
			image_peak_add(&fixture->image, i, &one);
	}
	image_peak_end(fixture->images, &fixture->image, time_ns);
}

static void assert_parts(const struct fixture *fixture, const struct peak_part *parts, size_t n)
{
	struct peaks peaks = { 0 };

	assert_int_equal(image_peak_fold(&fixture->image, &peaks), 0);
	assert_int_equal(peaks.items.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(peaks.items.items[i].stack, parts[i].stack);
		assert_int_equal(peaks.items.items[i].bytes, parts[i].bytes);
		assert_int_equal(peaks.items.items[i].n_blocks, parts[i].n_blocks);
	}
	peaks_done(&peaks);
}

static void test_most(void **state)
{
	struct fixture fixture;
	const struct process_peak *peak;

	(void)state;
	fixture_init(&fixture);
	peak = &fixture.result.processes.items[0].peak;
	assert_parts(&fixture, NULL, 0);
	look(&fixture, 1100, (uint64_t[]){ 0, 50, 0, 0, 0 });
	look(&fixture, 1300, (uint64_t[]){ 7, 20, 0, 9, 1000 });
	/* Less, in more places: those of the peak stay. */
	look(&fixture, 1400, (uint64_t[]){ 1, 1, 1, 1, 1 });
	assert_int_equal(peak->bytes, 1036);
	assert_int_equal(peak->n_blocks, 4);
	assert_int_equal(peak->time_ns, 1300);
	assert_int_equal(peak->n_looks, 3);
	assert_int_equal(peak->gap_ns, 200);
	assert_parts(
		&fixture,
		(struct peak_part[]){
			{ 0, 100, 7, 1 }, { 0, 101, 20, 1 }, { 0, 0, 9, 1 }, { 0, 104, 1000, 1 } },
		4);
	/* More, in fewer places: nothing of the peak before is left. */
	look(&fixture, 1500, (uint64_t[]){ 0, 0, 2000, 0, 0 });
	assert_parts(&fixture, (struct peak_part[]){ { 0, 102, 2000, 1 } }, 1);
	fixture_done(&fixture);
}

/* A look for which there was no memory is none, and is counted. */
static void test_partial(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture);
	look(&fixture, 1100, (uint64_t[]){ 0, 50, 0, 0, 0 });
	image_peak_begin(&fixture.image);
	image_peak_add(&fixture.image, 2, &(struct estimate){ 1, 100 });
	fixture.image.peak.is_partial = true;
	image_peak_end(fixture.images, &fixture.image, 1200);
	assert_int_equal(fixture.images->n_without_memory, 1);
	assert_int_equal(fixture.result.processes.items[0].peak.n_looks, 1);
	assert_parts(&fixture, (struct peak_part[]){ { 0, 101, 50, 1 } }, 1);
	look(&fixture, 1700, (uint64_t[]){ 0, 10, 0, 0, 0 });
	assert_int_equal(fixture.result.processes.items[0].peak.gap_ns, 600);
	fixture_done(&fixture);
}

/* What an image held when it called exec nobody knows; how long nobody looked is known. */
static void test_miss(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture);
	fixture.result.processes.items[0].end_ns = 1500;
	image_peak_miss(fixture.images, &fixture.image);
	assert_int_equal(fixture.result.processes.items[0].peak.n_looks, 0);
	assert_int_equal(fixture.result.processes.items[0].peak.gap_ns, 500);
	fixture_done(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_miss),
	};

	return cmocka_run_group_tests_name("collect/image_peak", tests, NULL, NULL);
}
