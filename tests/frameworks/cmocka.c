// SPDX-License-Identifier: BSD-2-Clause
/* cmocka, where a failing test leaves by longjmp(); a fixture of the group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "body.h"

static void clean(void **state)
{
	(void)state;
	body_clean();
}

static void leaks(void **state)
{
	(void)state;
	body_leak(3, 100);
}

static void fails(void **state)
{
	(void)state;
	body_leak(1, 70);
	assert_int_equal(1, 2);
}

static void holds(void **state)
{
	(void)state;
	body_hold();
}

static void gives(void **state)
{
	(void)state;
	body_give();
}

static void takes(void **state)
{
	(void)state;
	body_take();
}

static void opens(void **state)
{
	(void)state;
	body_open();
}

static void threads(void **state)
{
	(void)state;
	body_thread();
}

static void skips(void **state)
{
	(void)state;
	skip();
}

static void crashes(void **state)
{
	(void)state;
	body_crash();
}

static int teardown(void **state)
{
	(void)state;
	body_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean),   cmocka_unit_test(leaks),   cmocka_unit_test(fails),
		cmocka_unit_test(holds),   cmocka_unit_test(gives),   cmocka_unit_test(takes),
		cmocka_unit_test(opens),   cmocka_unit_test(threads), cmocka_unit_test(skips),
		cmocka_unit_test(crashes),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
