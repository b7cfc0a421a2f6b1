// SPDX-License-Identifier: BSD-2-Clause
/* What the mapping calls of a process mean: owners, sizes, the heap, what a child inherits. */
#include "images_feed.h"

#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "collect/image_areas.h"

enum { SPACE = 5, PAGE = 4096 };

static struct lt_event_mapping call_of(long number, uint64_t result)
{
	return (struct lt_event_mapping){ .event = { .type = LT_EVENT_MAPPING, .space = SPACE },
					  .number = (uint32_t)number,
					  .result = result };
}

static void feed_mmap(uint64_t start, uint64_t bytes, uint64_t flags, uint64_t prot, uint64_t ip,
		      bool in_allocator)
{
	struct lt_event_mapping call = call_of(SYS_mmap, start);

	call.args[1] = bytes;
	call.args[2] = prot;
	call.args[3] = flags;
	call.ip = ip;
	call.when = in_allocator ? LT_MAPPING_IN_ALLOCATOR : LT_MAPPING_USUAL;
	feed_event(&call, sizeof(call));
}

static const struct areas *areas_of(uint32_t space)
{
	assert_non_null(feed.images.by_space[space]);
	return feed.images.by_space[space]->areas;
}

static void check_area(uint64_t address, uint64_t start, uint64_t end, enum area_owner owner)
{
	const struct area *area = areas_find(areas_of(SPACE), address);

	assert_non_null(area);
	assert_int_equal(area->start, start);
	assert_int_equal(area->end, end);
	assert_int_equal(area->owner, owner);
}

static void test_owners(void **state)
{
	(void)state;
	feed_command(SPACE);
	feed_map((uint32_t)getpid(), 0x7e0000000000, 0x7e0000010000, 0,
		 "/lib/ld-linux-x86-64.so.2");
	feed_mmap(0x10000, 100, MAP_PRIVATE, PROT_READ, 0x401000, false);
	feed_mmap(0x20000, PAGE, MAP_PRIVATE, PROT_READ, 0x401000, true);
	feed_mmap(0x30000, PAGE, MAP_PRIVATE, PROT_READ, 0x7e0000000010, false);
	feed_mmap(0x40000, PAGE, MAP_PRIVATE | MAP_STACK, PROT_NONE, 0x401000, false);
	feed_mmap(0x50000, PAGE, MAP_PRIVATE | MAP_STACK, PROT_READ, 0x401000, false);
	check_area(0x10fff, 0x10000, 0x11000, AREA_PROGRAM);
	check_area(0x20000, 0x20000, 0x21000, AREA_ALLOCATOR);
	check_area(0x30000, 0x30000, 0x31000, AREA_LOADER);
	check_area(0x40000, 0x40000, 0x41000, AREA_THREAD);
	check_area(0x50000, 0x50000, 0x51000, AREA_PROGRAM);
}

static void test_unmap_and_move(void **state)
{
	struct lt_event_mapping call = call_of(SYS_munmap, 0);

	(void)state;
	feed_command(SPACE);
	feed_mmap(0x10000, 8 * PAGE, MAP_PRIVATE, PROT_READ, 0, false);
	call.args[0] = 0x10000 + 6 * PAGE;
	call.args[1] = PAGE + 1;
	feed_event(&call, sizeof(call));
	check_area(0x10000, 0x10000, 0x10000 + 6 * PAGE, AREA_PROGRAM);
	call = call_of(SYS_mremap, 0x80000);
	call.args[0] = 0x10000;
	call.args[1] = 6 * PAGE;
	call.args[2] = 7 * PAGE;
	call.args[3] = MREMAP_MAYMOVE;
	feed_event(&call, sizeof(call));
	assert_null(areas_find(areas_of(SPACE), 0x10000));
	check_area(0x80000, 0x80000, 0x80000 + 7 * PAGE, AREA_PROGRAM);
	call.result = 0xa0000;
	call.args[0] = 0x80000;
	call.args[1] = call.args[2] = 7 * PAGE;
	call.args[3] = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	feed_event(&call, sizeof(call));
	check_area(0x80000, 0x80000, 0x80000 + 7 * PAGE, AREA_PROGRAM);
	check_area(0xa0000, 0xa0000, 0xa0000 + 7 * PAGE, AREA_PROGRAM);
}

static void test_heap(void **state)
{
	struct lt_event_mapping call = call_of(SYS_brk, 0x600000);

	(void)state;
	feed_command(SPACE);
	/* The first call only asks where it is. */
	feed_event(&call, sizeof(call));
	assert_null(areas_next(areas_of(SPACE), 0));
	call.result = 0x621000;
	call.when = LT_MAPPING_IN_ALLOCATOR;
	feed_event(&call, sizeof(call));
	call.result = 0x622001;
	call.when = LT_MAPPING_USUAL;
	feed_event(&call, sizeof(call));
	check_area(0x600000, 0x600000, 0x621000, AREA_ALLOCATOR);
	check_area(0x621000, 0x621000, 0x623000, AREA_PROGRAM);
	call.result = 0x620000;
	feed_event(&call, sizeof(call));
	check_area(0x600000, 0x600000, 0x620000, AREA_ALLOCATOR);
	assert_null(areas_next(areas_of(SPACE), 0x620000));
}

static void test_segment(void **state)
{
	struct lt_event_mapping call = call_of(SYS_shmat, 0x10000);

	(void)state;
	feed_command(SPACE);
	call.bytes = 3 * PAGE;
	feed_event(&call, sizeof(call));
	check_area(0x12fff, 0x10000, 0x13000, AREA_PROGRAM);
	call = call_of(SYS_shmdt, 0);
	call.args[0] = 0x10000;
	feed_event(&call, sizeof(call));
	assert_null(areas_next(areas_of(SPACE), 0));
}

static void test_fork(void **state)
{
	(void)state;
	feed_command(SPACE);
	feed_mmap(0x10000, PAGE, MAP_PRIVATE, PROT_READ, 0, false);
	feed_space(SPACE + 1, CHILD_PID, (uint32_t)getpid(), SPACE);
	feed_fork(SPACE + 1);
	feed_mmap(0x20000, PAGE, MAP_PRIVATE, PROT_READ, 0, false);
	assert_true(areas_find(areas_of(SPACE + 1), 0x10000)->inherited);
	assert_false(areas_find(areas_of(SPACE), 0x10000)->inherited);
	assert_null(areas_find(areas_of(SPACE + 1), 0x20000));
}

/* Sizes and places that no kernel gives, and events that are cut. */
static void test_hostile(void **state)
{
	struct lt_event_mapping call = call_of(SYS_mremap, UINT64_MAX - PAGE);

	(void)state;
	feed_command(SPACE);
	feed_mmap(UINT64_MAX - PAGE + 1, 2 * PAGE, 0, 0, 0, false);
	feed_mmap(0x10000, UINT64_MAX, 0, 0, 0, false);
	feed_mmap(0x10000, 0, 0, 0, 0, false);
	call.args[0] = UINT64_MAX - PAGE;
	call.args[1] = call.args[2] = 3 * PAGE;
	feed_event(&call, sizeof(call));
	feed_event(&call, sizeof(call) - 1);
	call = call_of(SYS_munmap, 0);
	call.args[0] = UINT64_MAX;
	call.args[1] = UINT64_MAX;
	feed_event(&call, sizeof(call));
	assert_null(areas_next(areas_of(SPACE), 0));
	assert_int_equal(feed.images.n_without_memory, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(test_owners),	 FEED_TEST(test_unmap_and_move), FEED_TEST(test_heap),
		FEED_TEST(test_segment), FEED_TEST(test_fork),		 FEED_TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
