// SPDX-License-Identifier: BSD-2-Clause
/* Process images: what becomes of records that arrive in order, late, or not at all. */
#include "images_feed.h"

static const uint64_t prog_pc[] = { 0x401234 };

static void test_command(void **state)
{
	const struct process *process;

	(void)state;
	feed_command(1);
	assert_int_equal(feed.result.processes.n, 1);
	assert_int_equal(feed.images.n_live, 1);
	process = feed_process(0);
	assert_int_equal(process->pid, getpid());
	assert_int_equal(process->ppid, 1);
	assert_int_equal(process->start_ns, 1001);
	assert_string_equal(process->exe, "/opt/prog");
	assert_string_equal(process->command[0], "prog");
	assert_string_equal(process->command[1], "-x");
	assert_null(process->command[2]);
	assert_false(process->inherited_command);
	assert_false(process->command_cut);
	assert_int_equal(process->end, END_RUNNING);
	assert_int_equal(feed.mapped_pid, getpid());
}

static void test_stacks(void **state)
{
	static const uint64_t pcs[] = { 0x7f0000001000, 0x401fff, 0x7ffff7fc0010, 0x500123 };
	const struct stack *stack;

	(void)state;
	feed_command(1);
	feed_stack(1, 3, LT_STACK_COMPLETE, pcs, 4);
	stack = feed_stack_of(1, 3);
	assert_int_equal(stack->n, 4);
	assert_int_equal(stack->end, STACK_COMPLETE);
	check_place(stack, 0, "/lib/libc.so.6", 0x1000);
	check_place(stack, 1, "/opt/prog", 0x1fff);
	check_place(stack, 2, "[vdso]", 0x10);
	/* Generated code has no file: the address is all there is. */
	assert_int_equal(modules_get(&feed.modules, feed_place(stack, 3)->module)->kind,
			 MODULE_ANON);
	assert_int_equal(feed_place(stack, 3)->offset, 0x500123);
	/* Those that were not received. */
	assert_int_equal(image_stack(feed.images.by_space[1], 0), 0);
	assert_int_equal(image_stack(feed.images.by_space[1], 2), 0);
	assert_int_equal(image_stack(feed.images.by_space[1], 4), 0);
	assert_int_equal(image_stack(feed.images.by_space[1], UINT32_MAX), 0);
	assert_int_equal(feed.images.by_space[1]->hashes.n, 1);
	assert_int_equal(feed.images.by_space[1]->hashes.items[0], 0x1234503);
}

/* The same call path in two images is one stack, however they are mapped. */
static void test_stacks_shared(void **state)
{
	static const uint64_t moved_pc[] = { 0x801234 };

	(void)state;
	feed_command(1);
	feed_stack(1, 1, LT_STACK_COMPLETE, prog_pc, 1);
	feed_pids(RECORD_FORK, CHILD_PID, (uint32_t)getpid());
	feed_pids(RECORD_EXEC_MAPS, CHILD_PID, 0);
	feed_map(CHILD_PID, 0x801000, 0x802000, 0x1000, "/opt/prog");
	feed_space(2, CHILD_PID, (uint32_t)getpid(), 1);
	feed_exec(2, "prog", 5);
	feed_stack(2, 7, LT_STACK_COMPLETE, moved_pc, 1);
	assert_ptr_equal(feed_stack_of(1, 1), feed_stack_of(2, 7));
	check_place(feed_stack_of(2, 7), 0, "/opt/prog", 0x1234);
}

static void test_stack_ends(void **state)
{
	static const enum stack_end ends[] = {
		[LT_STACK_COMPLETE] = STACK_COMPLETE,
		[LT_STACK_FRAME_POINTER] = STACK_FRAME_POINTER,
		[LT_STACK_TRUNCATED] = STACK_TRUNCATED,
		[LT_STACK_UNREADABLE] = STACK_UNREADABLE,
		[LT_STACK_UNKNOWN_CODE] = STACK_UNKNOWN_CODE,
		[LT_STACK_NO_MODULE] = STACK_UNKNOWN_CODE,
		[LT_STACK_NO_MODULE + 1] = STACK_UNKNOWN_CODE,
	};

	(void)state;
	feed_command(1);
	for (uint32_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		feed_stack(1, i + 1, i, prog_pc, 1);
		assert_int_equal(feed_stack_of(1, i + 1)->end, ends[i]);
	}
	feed_stack(1, 100, 255, prog_pc, 1);
	assert_int_equal(feed_stack_of(1, 100)->end, STACK_UNKNOWN_CODE);
}

/* Frame pointers that were none lead out of all code: the rest of such a stack is noise. */
static void test_stack_noise(void **state)
{
	static const uint64_t pcs[] = { 0x401234, 0xdead, 0x401300 };
	static const uint64_t nowhere[] = { 0xbeef };

	(void)state;
	feed_command(1);
	feed_stack(1, 1, LT_STACK_FRAME_POINTER, pcs, 3);
	assert_int_equal(feed_stack_of(1, 1)->n, 1);
	/* By tables every frame is believed. */
	feed_stack(1, 2, LT_STACK_COMPLETE, pcs, 3);
	assert_int_equal(feed_stack_of(1, 2)->n, 3);
	check_place(feed_stack_of(1, 2), 1, "[unknown]", 0xdead);
	check_place(feed_stack_of(1, 2), 2, "/opt/prog", 0x1300);
	/* The first frame is always kept. */
	feed_stack(1, 3, LT_STACK_FRAME_POINTER, nowhere, 1);
	assert_int_equal(feed_stack_of(1, 3)->n, 1);
	check_place(feed_stack_of(1, 3), 0, "[unknown]", 0xbeef);
}

static void test_end(void **state)
{
	struct lt_space *space = &feed.spaces[1];
	const struct process *process;

	(void)state;
	feed_command(1);
	space->end = LT_END_EXIT;
	space->end_ns = 5000;
	space->wait_status = 0x300;
	space->peak_rss_pages = 10;
	space->counts[0] = (struct lt_counts){ .allocations = 3, .frees = 1, .unknown_frees = 7 };
	space->counts[LT_SHARDS - 1] = (struct lt_counts){ .allocations = 4, .frees = 2 };
	space->losses[LT_LOSS_BLOCKS_FULL] = 9;
	feed_end(1);
	process = feed_process(0);
	assert_int_equal(process->end, END_EXIT);
	assert_int_equal(process->end_ns, 5000);
	assert_int_equal(process->wait_status, 0x300);
	assert_int_equal(process->peak_rss_bytes, 10 * sysconf(_SC_PAGESIZE));
	assert_int_equal(process->totals.allocations, 7);
	assert_int_equal(process->totals.frees, 3);
	assert_int_equal(process->totals.unknown_frees, 7);
	assert_int_equal(process->losses.counts[LOSS_BLOCKS_FULL], 9);
	assert_string_equal(process->allocator, "glibc");
	assert_null(process->silent);
	assert_int_equal(feed.images.n_live, 0);
	assert_int_equal(feed.images.n_ended, 1);

	/* Told twice, it has still ended once. */
	feed_end(1);
	assert_int_equal(feed.images.n_ended, 1);
	assert_int_equal(feed.result.processes.n, 1);
	images_drop(&feed.images, feed.images.by_space[1]);
	assert_int_equal(feed.images.n_ended, 0);
	assert_null(feed.images.by_space[1]);
}

/* A process that nobody saw allocate says so. */
static void test_silent(void **state)
{
	(void)state;
	feed_space(1, CHILD_PID, 1, 0);
	feed_exec(1, "static", 7);
	feed_end(1);
	assert_non_null(feed_process(0)->silent);
	assert_null(feed_process(0)->allocator);
	/* What its program says of it, not what another file does. */
	feed.mapped_answer = (struct image_module){ .missing = "it is of no known kind" };
	feed.images.options.every = true;
	feed_pids(RECORD_EXEC_MAPS, OTHER_PID, 0);
	feed_map(OTHER_PID, 0x401000, 0x402000, 0, "/opt/alloc");
	feed_map(OTHER_PID, 0x701000, 0x702000, 0, "/lib/other.so");
	feed_space(3, OTHER_PID, 1, 0);
	feed_exec(3, "static", 7);
	feed_end(3);
	assert_string_equal(feed_process(1)->silent, "it is of no known kind");
	/* But nothing if it did. */
	feed_space(2, CHILD_PID, 1, 0);
	feed.spaces[2].counts[1].allocations = 1;
	feed_exec(2, "static", 7);
	feed_end(2);
	assert_null(feed_process(2)->silent);
}

/* What a library's runtime keeps to itself is said, but not of a process that is silent. */
static void test_hides(void **state)
{
	(void)state;
	feed.images.options.every = true;
	feed_pids(RECORD_EXEC_MAPS, CHILD_PID, 0);
	feed_map(CHILD_PID, 0x401000, 0x402000, 0, "/usr/bin/java");
	feed_map(CHILD_PID, 0x501000, 0x502000, 0, "/lib/libruntime.so");
	feed_space(1, CHILD_PID, 1, 0);
	feed_exec(1, "java", 5);
	image_count(&feed.images, feed.images.by_space[1], feed.spaces);
	assert_non_null(feed_process(0)->silent);
	assert_null(feed_process(0)->hides);
	feed.spaces[1].counts[0].allocations = 1;
	image_count(&feed.images, feed.images.by_space[1], feed.spaces);
	assert_null(feed_process(0)->silent);
	assert_string_equal(feed_process(0)->hides, "objects are elsewhere");
}

/* The C library's allocator gives way to another one, whichever was mapped first. */
static void test_allocators(void **state)
{
	(void)state;
	feed.mapped_answer = (struct image_module){ .allocator = "jemalloc",
						    .attached = true,
						    .probed_ns = FEED_MAP_NS + 1 };
	feed_command(1);
	feed_map((uint32_t)getpid(), 0x600000, 0x601000, 0, "/lib/liballoc.so");
	feed_end(1);
	assert_string_equal(feed_process(0)->allocator, "jemalloc");
	assert_int_equal(feed_process(0)->losses.counts[LOSS_LATE_ATTACH], 1);

	feed_pids(RECORD_EXEC_MAPS, (uint32_t)getpid(), 0);
	feed_map((uint32_t)getpid(), 0x600000, 0x601000, 0, "/lib/liballoc.so");
	feed_map((uint32_t)getpid(), 0x700000, 0x701000, 0, "/lib/libc.so.6");
	feed_space(2, (uint32_t)getpid(), 1, 1);
	feed_exec(2, "prog", 5);
	feed_end(2);
	assert_string_equal(feed_process(1)->allocator, "jemalloc");
}

/* Where it can be, a file's unwind table is there before the first stack leads through it. */
static void test_prepared_tables(void **state)
{
	(void)state;
	feed_command(1);
	assert_int_equal(feed.n_tables, 0);
	assert_int_equal(feed.n_published, 0);
	feed.key_answer = true;
	feed_map((uint32_t)getpid(), 0x600000, 0x601000, 0x3000, "/lib/new.so");
	assert_int_equal(feed.n_tables, 1);
	assert_string_equal(feed.table_module->path, "/lib/new.so");
	assert_int_equal(feed.table_offset, 0x3000);
	assert_int_equal(feed.n_published, 1);
	assert_int_equal(feed.published.ino, strlen("/lib/new.so"));
	assert_int_equal(feed.published.offset, 0x3000);

	/* Without memory for the table the mapping is known all the same. */
	feed.table_answer = -ENOMEM;
	feed_map((uint32_t)getpid(), 0x700000, 0x701000, 0, "/lib/other.so");
	assert_int_equal(feed.n_published, 1);
	assert_int_equal(feed.images.n_without_memory, 1);
	feed_stack(1, 1, LT_STACK_COMPLETE, (const uint64_t[]){ 0x700010 }, 1);
	check_place(feed_stack_of(1, 1), 0, "/lib/other.so", 0x10);
}

/* --- fork and exec --- */

static void test_fork(void **state)
{
	static const uint64_t plugin_pc[] = { 0x900010 };
	const struct process *child;

	(void)state;
	feed_command(1);
	feed_pids(RECORD_FORK, CHILD_PID, (uint32_t)getpid());
	feed_space(2, CHILD_PID, (uint32_t)getpid(), 1);
	feed_fork(2);
	child = feed_process(1);
	assert_int_equal(child->pid, CHILD_PID);
	assert_int_equal(child->ppid, getpid());
	assert_true(child->inherited_command);
	assert_string_equal(child->exe, "/opt/prog");
	assert_string_equal(child->command[1], "-x");
	assert_ptr_not_equal(child->command, feed_process(0)->command);

	/* Both have what the parent had; what one maps from then on is its own. */
	feed_map(CHILD_PID, 0x900000, 0x901000, 0, "/lib/plugin.so");
	feed_stack(2, 1, LT_STACK_COMPLETE, prog_pc, 1);
	feed_stack(2, 2, LT_STACK_COMPLETE, plugin_pc, 1);
	feed_stack(1, 1, LT_STACK_COMPLETE, plugin_pc, 1);
	check_place(feed_stack_of(2, 1), 0, "/opt/prog", 0x1234);
	check_place(feed_stack_of(2, 2), 0, "/lib/plugin.so", 0x10);
	check_place(feed_stack_of(1, 1), 0, "[unknown]", 0x900010);
	feed_end(2);
	assert_string_equal(feed_process(1)->allocator, "glibc");
}

static void test_fork_not_followed(void **state)
{
	(void)state;
	feed.images.options.follow = false;
	feed_command(1);
	feed.n_mapped = 0;
	feed_pids(RECORD_FORK, CHILD_PID, (uint32_t)getpid());
	feed_map(CHILD_PID, 0x900000, 0x901000, 0, "/lib/plugin.so");
	assert_int_equal(feed.n_mapped, 0);
	assert_int_equal(feed.result.processes.n, 1);
}

/* One pid, two programs: each keeps its own mappings until it is drained. */
static void test_exec(void **state)
{
	uint32_t pid = (uint32_t)getpid();

	(void)state;
	feed_command(1);
	feed_pids(RECORD_EXEC_MAPS, pid, 0);
	feed_map(pid, 0x401000, 0x402000, 0x5000, "/opt/other");
	feed_space(2, pid, 1, 1);
	/* What was allocated before, told late. */
	feed_stack(1, 1, LT_STACK_COMPLETE, prog_pc, 1);
	feed.spaces[1].end = LT_END_EXEC;
	feed_end(1);
	feed_exec(2, "other", 6);
	feed_stack(2, 1, LT_STACK_COMPLETE, prog_pc, 1);
	check_place(feed_stack_of(1, 1), 0, "/opt/prog", 0x1234);
	check_place(feed_stack_of(2, 1), 0, "/opt/other", 0x5234);
	assert_int_equal(feed_process(0)->end, END_EXEC);
	assert_string_equal(feed_process(1)->exe, "/opt/other");
	assert_string_equal(feed_process(1)->command[0], "other");

	/* The drain of the first does not take the second's mappings away. */
	images_drop(&feed.images, feed.images.by_space[1]);
	feed_map(pid, 0x600000, 0x601000, 0, "/lib/late.so");
	feed_stack(2, 2, LT_STACK_COMPLETE, (const uint64_t[]){ 0x600020 }, 1);
	check_place(feed_stack_of(2, 2), 0, "/lib/late.so", 0x20);
}

/* --- late and missing records --- */

/* The process is gone from the system, its image is still to be drained. */
static void test_stack_after_exit(void **state)
{
	(void)state;
	feed_command(1);
	feed_pids(RECORD_GONE, (uint32_t)getpid(), 0);
	feed_stack(1, 1, LT_STACK_COMPLETE, prog_pc, 1);
	check_place(feed_stack_of(1, 1), 0, "/opt/prog", 0x1234);
	feed_end(1);
	feed_stack(1, 2, LT_STACK_TRUNCATED, prog_pc, 1);
	check_place(feed_stack_of(1, 2), 0, "/opt/prog", 0x1234);
	assert_int_equal(feed.images.n_ended, 1);
	images_drop(&feed.images, feed.images.by_space[1]);
	assert_null(feed.images.by_pid);
}

/* The exec event did not fit into the ring: the facts are in the table of spaces. */
static void test_missing_exec(void **state)
{
	(void)state;
	feed_space(5, CHILD_PID, 77, 0);
	feed_stack(5, 1, LT_STACK_COMPLETE, prog_pc, 1);
	assert_int_equal(feed_process(0)->pid, CHILD_PID);
	assert_int_equal(feed_process(0)->ppid, 77);
	assert_null(feed_process(0)->exe);
	assert_null(feed_process(0)->command);
	check_place(feed_stack_of(5, 1), 0, "[unknown]", 0x401234);
	/* It comes late after all. */
	feed_exec(5, "prog", 5);
	assert_int_equal(feed.result.processes.n, 1);
	assert_string_equal(feed_process(0)->command[0], "prog");
}

static void test_missing_all_but_end(void **state)
{
	(void)state;
	feed_space(5, CHILD_PID, 77, 0);
	feed.spaces[5].end = LT_END_EXIT;
	feed.spaces[5].counts[2].allocations = 11;
	feed_end(5);
	assert_int_equal(feed_process(0)->pid, CHILD_PID);
	assert_int_equal(feed_process(0)->end, END_EXIT);
	assert_int_equal(feed_process(0)->totals.allocations, 11);
	assert_int_equal(feed.images.n_ended, 1);
	assert_int_equal(feed.images.n_live, 0);
}

/* A fork whose parent is not known has no command, and no mappings. */
static void test_missing_parent(void **state)
{
	(void)state;
	feed_space(2, CHILD_PID, 1, 99);
	feed_fork(2);
	assert_true(feed_process(0)->inherited_command);
	assert_null(feed_process(0)->command);
	assert_null(feed_process(0)->exe);
}

static void test_unknown_pids(void **state)
{
	(void)state;
	feed_map(OTHER_PID, 0x401000, 0x402000, 0, "/opt/other");
	feed_pids(RECORD_FORK, CHILD_PID, OTHER_PID);
	feed_pids(RECORD_EXEC_MAPS, OTHER_PID, 0);
	feed_pids(RECORD_GONE, OTHER_PID, 0);
	assert_int_equal(feed.n_mapped, 0);
	assert_int_equal(feed.result.processes.n, 0);
	assert_null(feed.images.by_pid);
	assert_int_equal(feed.images.n_without_memory, 0);
	assert_true(images_watch(&feed.images, CHILD_PID) < 0);
	assert_null(feed.images.by_pid);
}

/* Any exec may be of a program that is traced, but nothing is made for those that are not. */
static void test_not_chosen(void **state)
{
	static const uint64_t pc[] = { 0x401234 };

	(void)state;
	feed.images.options.every = true;
	feed.key_answer = true;
	feed.mapped_answer = (struct image_module){ .allocator = "jemalloc",
						    .attached = true,
						    .probed_ns = FEED_MAP_NS + 1 };
	feed_pids(RECORD_EXEC_MAPS, OTHER_PID, 0);
	feed_map(OTHER_PID, 0x401000, 0x402000, 0x1000, "/opt/other");
	feed_map(OTHER_PID, 0x701000, 0x702000, 0x1000, "/lib/alloc.so");
	assert_int_equal(feed.n_mapped, 0);
	assert_int_equal(feed.n_tables, 0);
	/* Nor for what it forks. */
	feed_pids(RECORD_FORK, CHILD_PID, OTHER_PID);
	feed_map(CHILD_PID, 0x801000, 0x802000, 0, "/lib/plugin.so");
	assert_int_equal(feed.n_mapped, 0);

	/* It is chosen: the exec event comes behind the first mappings. */
	feed_space(1, OTHER_PID, 1, 0);
	feed_exec(1, "other", 6);
	assert_int_equal(feed.n_mapped, 2);
	assert_int_equal(feed.mapped_pid, OTHER_PID);
	assert_int_equal(feed.n_published, 2);
	feed_stack(1, 1, LT_STACK_COMPLETE, pc, 1);
	check_place(feed_stack_of(1, 1), 0, "/opt/other", 0x1234);
	feed_map(OTHER_PID, 0x801000, 0x802000, 0, "/lib/libc.so.6");
	assert_int_equal(feed.n_mapped, 3);
	feed_end(1);
	assert_string_equal(feed_process(0)->allocator, "jemalloc");
	assert_int_equal(feed_process(0)->losses.counts[LOSS_LATE_ATTACH], 1);
}

/* A process that is attached to: its mappings come from procfs. */
static void test_watch(void **state)
{
	uint64_t pc = (uint64_t)(uintptr_t)test_watch;
	const struct stack *stack;

	(void)state;
	assert_int_equal(images_watch(&feed.images, getpid()), 0);
	assert_true(feed.n_mapped > 2);
	feed_space(1, (uint32_t)getpid(), 1, 0);
	assert_non_null(images_get(&feed.images, 1, feed.spaces));
	assert_non_null(strstr(feed_process(0)->exe, "test_images"));
	feed_stack(1, 1, LT_STACK_COMPLETE, &pc, 1);
	stack = feed_stack_of(1, 1);
	assert_string_equal(modules_get(&feed.modules, feed_place(stack, 0)->module)->path,
			    feed_process(0)->exe);
	/* The same page offset, whatever the load address. */
	assert_int_equal(feed_place(stack, 0)->offset % 4096, pc % 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(test_command),	FEED_TEST(test_stacks),
		FEED_TEST(test_stacks_shared),	FEED_TEST(test_stack_ends),
		FEED_TEST(test_stack_noise),	FEED_TEST(test_end),
		FEED_TEST(test_silent),		FEED_TEST(test_allocators),
		FEED_TEST(test_fork),		FEED_TEST(test_fork_not_followed),
		FEED_TEST(test_exec),		FEED_TEST(test_stack_after_exit),
		FEED_TEST(test_missing_exec),	FEED_TEST(test_missing_all_but_end),
		FEED_TEST(test_missing_parent), FEED_TEST(test_unknown_pids),
		FEED_TEST(test_watch),		FEED_TEST(test_prepared_tables),
		FEED_TEST(test_not_chosen),	FEED_TEST(test_hides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
