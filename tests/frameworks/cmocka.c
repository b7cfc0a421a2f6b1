// SPDX-License-Identifier: BSD-2-Clause
/* cmocka, where a failing test leaves by longjmp() */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean),
		cmocka_unit_test(leaks),
		cmocka_unit_test(fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
