// SPDX-License-Identifier: BSD-2-Clause
/* Work that processes of their own do: it is done, and nothing of it is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "probe/apart.h"

static pid_t session_of_call;

static long call(void *data)
{
	*(int *)data += 1;
	session_of_call = (pid_t)getsid(0);
	return 41 + *(int *)data;
}

static void test_open(void **state)
{
	int number = 1;

	(void)state;
	assert_int_equal(apart_open(call, &number), 43);
	assert_int_equal(number, 2);
	/* The terminal's signals go elsewhere. */
	assert_int_not_equal(session_of_call, getsid(0));
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

/* What has no memory for *DATA turns. */
static long open_later(void *data)
{
	int *turns = data;

	return (*turns)-- > 0 ? -ENOMEM : 7;
}

static long open_never(void *data)
{
	(void)data;
	return -EINVAL;
}

static void test_open_again(void **state)
{
	int turns = 3;

	(void)state;
	assert_int_equal(apart_open(open_later, &turns), 7);
	assert_int_equal(turns, -1);
	assert_int_equal(apart_open(open_never, &turns), -EINVAL);
	turns = 1000;
	assert_int_equal(apart_open(open_later, &turns), -ENOMEM);
	assert_in_range(turns, 900, 999);
}

/* The ends of pipes for links: that one is closed everywhere, the other end tells. */
static void close_check(size_t n)
{
	int readers[100] = { 0 }, writers[100] = { 0 };
	char byte;

	for (size_t i = 0; i < n; i++) {
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
		readers[i] = ends[0];
		writers[i] = ends[1];
	}
	apart_close_end(apart_close_begin(writers, n));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(read(readers[i], &byte, 1), 0);
		assert_int_equal(fcntl(writers[i], F_GETFD), -1);
		close(readers[i]);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

static void test_close(void **state)
{
	(void)state;
	close_check(0);
	close_check(1);
	close_check(16);
	close_check(40);
	close_check(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_again),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
