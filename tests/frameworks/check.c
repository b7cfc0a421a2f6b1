// SPDX-License-Identifier: BSD-2-Clause
/* Check: each test in a process of its own, or all in one (CK_FORK=no). */
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

int main(void)
{
	Suite *suite = suite_create("demo");
	TCase *tcase = tcase_create("core");
	SRunner *runner;

	tcase_add_test(tcase, clean);
	tcase_add_test(tcase, leaks);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	srunner_free(runner);
	return 0;
}
