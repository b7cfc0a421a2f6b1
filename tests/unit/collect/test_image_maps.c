// SPDX-License-Identifier: BSD-2-Clause
/* collect/image_maps: which files got their probes too late. */
#include "images_feed.h"

/*
 * How many files are late in a new process in SPACE, where the loader and an allocator are probed
 * at these times, and the process has last been let go at LOADED_NS when they are seen, and at
 * LOADED_END_NS when it ends.
 */
static uint64_t late_files(uint32_t space, uint64_t loader_ns, uint64_t allocator_ns,
			   uint64_t loaded_ns, uint64_t loaded_end_ns)
{
	uint32_t pid = CHILD_PID + space;

	feed.images.options.every = true;
	feed.loader_answer = (struct image_module){ .loader = true, .probed_ns = loader_ns };
	feed.mapped_answer = (struct image_module){ .attached = true, .probed_ns = allocator_ns };
	feed_pids(RECORD_EXEC_MAPS, pid, 0);
	feed_map(pid, 0x401000, 0x402000, 0x1000, "/opt/prog");
	feed_map(pid, 0x501000, 0x502000, 0x1000, "/lib/ld.so");
	feed_space(space, pid, 1, 0);
	feed_exec(space, "prog", 5);
	feed.spaces[space].loaded_ns = loaded_ns;
	feed_map(pid, 0x601000, 0x602000, 0x1000, "/lib/liballoc.so");
	feed.spaces[space].loaded_ns = loaded_end_ns;
	feed_end(space);
	return feed_process(feed.result.processes.n - 1)->losses.counts[LOSS_LATE_ATTACH];
}

/* Probes are in time if the process was let go after them, or has not run what it mapped. */
static void test_late(void **state)
{
	const uint64_t early = FEED_SPACE_NS - 1, at = FEED_MAP_NS;

	(void)state;
	assert_int_equal(late_files(1, early, early, 0, 0), 0);
	/* It was let go after the probes, seen now or later. */
	assert_int_equal(late_files(2, early, at + 5, at + 6, at + 6), 0);
	assert_int_equal(late_files(3, early, at + 5, 0, at + 6), 0);
	assert_int_equal(late_files(4, at + 4, at + 5, 0, at + 6), 0);
	/* Before them. */
	assert_int_equal(late_files(5, early, at + 5, at + 1, at + 1), 1);
	assert_int_equal(late_files(6, early, at + 5, at + 1, at + 9), 1);
	/* Never: it has ended in its loader, if that was probed in time. */
	assert_int_equal(late_files(7, early, at + 5, 0, 0), 0);
	assert_int_equal(late_files(8, at + 4, at + 5, 0, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { FEED_TEST(test_late) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
