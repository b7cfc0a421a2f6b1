// SPDX-License-Identifier: BSD-2-Clause
/* Criterion: a process for each test; a fixture, parameters. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "body.h"

Test(suite, clean)
{
	body_clean();
}

Test(suite, leaks)
{
	body_leak(3, 100);
}

Test(suite, fails)
{
	body_leak(1, 70);
	cr_assert(0);
}

Test(suite, holds, .init = body_hold, .fini = body_release)
{
}

Test(suite, opens)
{
	body_open();
}

Test(suite, threads)
{
	body_thread();
}

Test(suite, skips, .disabled = true)
{
	body_leak(1, 13);
}

Test(suite, crashes)
{
	body_crash();
}

ParameterizedTestParameters(suite, param)
{
	static size_t sizes[] = { 10, 20 };

	return cr_make_param_array(size_t, sizes, 2);
}

ParameterizedTest(size_t *bytes, suite, param)
{
	body_leak(1, *bytes);
}
