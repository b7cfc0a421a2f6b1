// SPDX-License-Identifier: BSD-2-Clause
/* Patterns of names: against fnmatch(3), which understands the same language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "probe/choice.h"

static struct lt_choice compile(const char *include, const char *exclude)
{
	struct choice_request request = { .include = include, .exclude = exclude };
	struct diag diag = { 0 };
	struct lt_choice choice;

	assert_int_equal(choice_compile(&request, &choice, &diag), 0);
	assert_int_equal(diag.lines.n, 0);
	return choice;
}

static void test_lists(void **state)
{
	struct lt_choice any = compile(NULL, NULL), both = compile("redis*,nginx", "*-cli,sh");

	(void)state;
	assert_true(choice_name_matches(&any, "anything"));
	assert_true(choice_name_matches(&both, "redis-server"));
	assert_true(choice_name_matches(&both, "nginx"));
	assert_false(choice_name_matches(&both, "nginx2"));
	assert_false(choice_name_matches(&both, "redis-cli"));
	assert_false(choice_name_matches(&both, "sh"));
	any = compile(NULL, "sh");
	assert_false(choice_name_matches(&any, "sh"));
	assert_true(choice_name_matches(&any, "bash"));
}

static void test_against_fnmatch(void **state)
{
	static const char *const patterns[] = {
		"*", "a*", "*a", "*a*", "a*b*c", "?", "a?c", "[ab]c", "[!a]*", "a[b-d]*e",
		"**", "*?*", "\\*a", "abcdefghijklmno", "a*a*a*a", "[]x]", "ab",
	};
	uint64_t random = 7;

	(void)state;
	for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); p++) {
		struct lt_choice choice = compile(patterns[p], NULL);

		for (int i = 0; i < 3000; i++) {
			char name[LT_MAX_COMM] = "";
			size_t n = (random >> 60) % LT_MAX_COMM;

			for (size_t k = 0; k < n; k++) {
				random = random * 6364136223846793005ull + 1442695040888963407ull;
				name[k] = "abcde*]x"[random >> 61];
			}
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			assert_int_equal(choice_name_matches(&choice, name),
					 fnmatch(patterns[p], name, 0) == 0);
		}
		assert_true(choice_name_matches(&choice, "abcdefghijklmno") ==
			    (fnmatch(patterns[p], "abcdefghijklmno", 0) == 0));
	}
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {
		"[a", "a,[", "[!", "[a,b]",
		"1234567890123456789012345678901234567890123456789012345678901234",
		"12345678901234567890,12345678901234567890,12345678901234567890,1234",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct choice_request request = { .exclude = wrong[i] };
		struct diag diag = { 0 };
		struct lt_choice choice;

		assert_int_equal(choice_compile(&request, &choice, &diag), -EINVAL);
		assert_int_equal(diag.lines.n, 1);
		diag_done(&diag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_against_fnmatch),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
