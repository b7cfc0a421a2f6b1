// SPDX-License-Identifier: BSD-2-Clause
/* Check: each test in a process of its own, or all in one (CK_FORK=no); a fixture, a loop. */
#include <check.h>

#include "body.h"

START_TEST(clean)
{
	body_clean();
}
END_TEST

START_TEST(leaks)
{
	body_leak(3, 100);
}
END_TEST

START_TEST(fails)
{
	body_leak(1, 70);
	ck_assert_int_eq(1, 2);
}
END_TEST

START_TEST(holds)
{
}
END_TEST

START_TEST(gives)
{
	body_give();
}
END_TEST

START_TEST(takes)
{
	body_take();
}
END_TEST

START_TEST(opens)
{
	body_open();
}
END_TEST

START_TEST(threads)
{
	body_thread();
}
END_TEST

START_TEST(param)
{
	body_leak(1, (size_t)(10 * (_i + 1)));
}
END_TEST

START_TEST(crashes)
{
	body_crash();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demo");
	TCase *tcase = tcase_create("core"), *fixture = tcase_create("fixture");
	SRunner *runner;
	int n_failed;

	tcase_add_test(tcase, clean);
	tcase_add_test(tcase, leaks);
	tcase_add_test(tcase, fails);
	tcase_add_test(tcase, gives);
	tcase_add_test(tcase, takes);
	tcase_add_test(tcase, opens);
	tcase_add_test(tcase, threads);
	tcase_add_loop_test(tcase, param, 0, 2);
	tcase_add_checked_fixture(fixture, body_hold, body_release);
	tcase_add_test(fixture, holds);
	tcase_add_test(fixture, crashes);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, fixture);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_VERBOSE);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed != 0;
}
