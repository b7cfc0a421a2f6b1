// SPDX-License-Identifier: BSD-2-Clause
/* Work done meanwhile: it is done once, beside the caller, and its result comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "base/later.h"

struct work {
	int gate[2];
	int n_done;
	bool takes_signals;
};

/* Waits for the caller: it would never end if the caller had to wait for it first. */
static int work_do(void *data)
{
	struct work *work = data;
	sigset_t blocked;
	char byte;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	work->takes_signals = !sigismember(&blocked, SIGINT);
	if (read(work->gate[0], &byte, 1) != 1)
		return -1;
	work->n_done++;
	return byte;
}

static void test_later(void **state)
{
	struct later later = { 0 };
	struct work work = { 0 };
	sigset_t blocked;

	(void)state;
	assert_int_equal(pipe(work.gate), 0);
	assert_true(later_is_over(&later));
	assert_int_equal(later_end(&later), 0);
	for (char i = 1; i <= 3; i++) {
		later_begin(&later, work_do, &work);
		assert_false(later_is_over(&later));
		assert_int_equal(write(work.gate[1], &i, 1), 1);
		while (!later_is_over(&later))
			sched_yield();
		assert_int_equal(later_end(&later), i);
		assert_int_equal(work.n_done, i);
		assert_false(work.takes_signals);
		assert_int_equal(later_end(&later), 0);
	}
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
	assert_false(sigismember(&blocked, SIGINT));
	close(work.gate[0]);
	close(work.gate[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
