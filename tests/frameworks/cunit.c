// SPDX-License-Identifier: BSD-2-Clause
/* CUnit, where a failing test leaves by longjmp(); a suite that releases what its test holds. */
#include <CUnit/Basic.h>

#include "body.h"

static void clean(void)
{
	body_clean();
}

static void leaks(void)
{
	body_leak(3, 100);
}

static void fails(void)
{
	body_leak(1, 70);
	CU_ASSERT_FATAL(1 == 2);
}

static void holds(void)
{
	body_hold();
}

static void gives(void)
{
	body_give();
}

static void takes(void)
{
	body_take();
}

static void opens(void)
{
	body_open();
}

static void threads(void)
{
	body_thread();
}

static void crashes(void)
{
	body_crash();
}

static int cleanup(void)
{
	body_release();
	return 0;
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "clean", clean },	{ "leaks", leaks },	{ "fails", fails },
		{ "holds", holds },	{ "gives", gives },	{ "takes", takes },
		{ "opens", opens },	{ "threads", threads }, { "skips", clean },
		{ "crashes", crashes }, CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "suite", NULL, cleanup, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};
	int r = CU_initialize_registry() || CU_register_suites(suites);

	if (r)
		return r;
	CU_set_test_active(CU_get_test_at_pos(CU_get_suite_at_pos(1), 9), CU_FALSE);
	CU_set_fail_on_inactive(CU_FALSE);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	r = CU_get_number_of_failures() != 0;
	CU_cleanup_registry();
	return r;
}
