// SPDX-License-Identifier: BSD-2-Clause
/* The table of test frameworks. */
#include <stdlib.h>

#include "testrun/framework.h"

const struct framework *const frameworks[] = {
	/* runners */
	&framework_ctest,
	&framework_meson,
	&framework_automake,
	&framework_prove,
	&framework_bats,
	&framework_node,
	&framework_nextest,
	/* in the process of the tests */
	&framework_pytest,
	&framework_unittest,
	&framework_gtest,
	&framework_catch2,
	&framework_doctest,
	&framework_boost,
	&framework_qt,
	&framework_check,
	&framework_criterion,
	&framework_cunit,
	&framework_unity,
	&framework_cmocka,
	&framework_libtest,
	&framework_usdt,
	NULL,
};

void test_names_done(struct test_names *names)
{
	free(names->label);
	free(names->suite);
	free(names->name);
	*names = (struct test_names){ 0 };
}
