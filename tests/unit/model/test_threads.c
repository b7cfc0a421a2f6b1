// SPDX-License-Identifier: BSD-2-Clause
/* The table of threads: ends, releases, handles and numbers that are used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/threads.h"

static struct threads threads;

static int setup(void **state)
{
	(void)state;
	threads = (struct threads){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	threads_done(&threads);
	return 0;
}

static void start(uint32_t tid, uint64_t handle)
{
	struct thread thread = {
		.tid = tid, .handle = handle, .joinable = handle != 0, .stack = tid + 1
	};

	assert_int_equal(threads_start(&threads, &thread), 0);
}

static void end(uint32_t tid, bool with_process)
{
	static const char name[THREAD_NAME_BYTES] = "123456789012345";

	threads_end(&threads, tid, name, with_process);
}

/* procfs has a thread, and then its beginning is told; its number may also be another's by then. */
static void test_before(void **state)
{
	struct thread before = { .tid = 10, .before = true };

	(void)state;
	assert_int_equal(threads_start(&threads, &before), 0);
	before.tid = 11;
	assert_int_equal(threads_start(&threads, &before), 0);
	start(10, 0x100);
	assert_int_equal(threads.list.n, 2);
	assert_true(threads.list.items[0].before);
	assert_int_equal(threads.list.items[0].tid, 11);
	assert_false(threads.list.items[1].before);
	/* Whether anyone has to join it is not known. */
	end(11, false);
	assert_int_equal(threads.list.n, 1);
	end(10, false);
	start(10, 0x200);
	assert_int_equal(threads.list.n, 2);
}

static void test_joined(void **state)
{
	(void)state;
	start(10, 0x100);
	start(11, 0x200);
	end(10, false);
	assert_true(threads_release(&threads, 0x100));
	assert_int_equal(threads.list.n, 1);
	assert_int_equal(threads.list.items[0].tid, 11);
	/* Joined before its end was seen. */
	assert_true(threads_release(&threads, 0x200));
	end(11, false);
	assert_int_equal(threads.list.n, 0);
}

static void test_leaked(void **state)
{
	(void)state;
	start(10, 0x100);
	end(10, false);
	assert_int_equal(threads.list.n, 1);
	assert_true(threads.list.items[0].ended);
	assert_string_equal(threads.list.items[0].name, "123456789012345");
	assert_false(threads_release(&threads, 0x200));
	assert_int_equal(threads.list.n, 1);
}

static void test_running(void **state)
{
	(void)state;
	start(10, 0x100);
	end(10, true);
	assert_int_equal(threads.list.n, 1);
	assert_false(threads.list.items[0].ended);
	assert_string_equal(threads.list.items[0].name, "123456789012345");
}

/* Nothing is left of one that pthread_create has not made. */
static void test_raw(void **state)
{
	(void)state;
	start(10, 0);
	assert_false(threads_release(&threads, 0));
	end(10, false);
	assert_int_equal(threads.list.n, 0);
	start(11, 0);
	end(11, true);
	assert_int_equal(threads.list.n, 1);
}

/* The join of the first thread is seen after its handle has a new owner. */
static void test_handle_again(void **state)
{
	(void)state;
	start(10, 0x100);
	end(10, false);
	start(11, 0x100);
	assert_true(threads_release(&threads, 0x100));
	assert_int_equal(threads.list.n, 1);
	assert_int_equal(threads.list.items[0].tid, 11);
	assert_true(threads_release(&threads, 0x100));
	assert_int_equal(threads.list.n, 0);
}

/* A leaked thread's number is another thread's now: its end is not the first one's. */
static void test_number_again(void **state)
{
	(void)state;
	start(10, 0x100);
	end(10, false);
	start(10, 0x200);
	end(10, true);
	assert_true(threads.list.items[0].ended);
	assert_false(threads.list.items[1].ended);
	end(99, false);
	assert_int_equal(threads.list.n, 2);
}

#define THREADS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		THREADS_TEST(test_before),	 THREADS_TEST(test_joined),
		THREADS_TEST(test_leaked),	 THREADS_TEST(test_running),
		THREADS_TEST(test_raw),		 THREADS_TEST(test_handle_again),
		THREADS_TEST(test_number_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
