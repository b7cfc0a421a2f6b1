// SPDX-License-Identifier: BSD-2-Clause
/* Reading suppressions, and their patterns against a slow and simple matcher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/str.h"
#include "model/suppressions.h"

static void test_parse(void **state)
{
	static const char text[] = "# a comment\n\n  leak:cache_insert\t\r\nfd:*sock*\n"
				   "thread:^worker$\nmapping:/lib/a b.so";
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };
	const struct suppression *list;

	(void)state;
	assert_int_equal(suppressions_parse(&suppressions, "a.supp", text, strlen(text), NULL), 0);
	assert_int_equal(suppressions_parse(&suppressions, "b.supp", "leak:x", 6, NULL), 0);
	list = suppressions.list.items;
	assert_int_equal(suppressions.list.n, 5);
	assert_string_equal(list[0].text, "leak:cache_insert");
	assert_string_equal(list[0].where, "a.supp:3");
	assert_int_equal(list[0].kind, KIND_MEMORY);
	assert_int_equal(list[1].kind, KIND_FD);
	assert_int_equal(list[2].kind, KIND_THREAD);
	assert_string_equal(list[3].text, "mapping:/lib/a b.so");
	assert_int_equal(list[3].kind, KIND_MAPPING);
	assert_string_equal(list[4].where, "b.supp:1");
}

static void test_own(void **state)
{
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };

	(void)state;
	assert_int_equal(suppressions_parse(&suppressions, "a.supp", "leak:x", 6, NULL), 0);
	assert_int_equal(suppressions_add_own(&suppressions, "leak:x", "a tool", NULL), 0);
	assert_int_equal(suppressions.list.n, 1);
	assert_string_equal(suppressions.list.items[0].where, "a.supp:1");
	assert_int_equal(suppressions_add_own(&suppressions, "fd:x", "a tool", NULL), 0);
	assert_int_equal(suppressions.list.n, 2);
	assert_string_equal(suppressions.list.items[1].where, "a tool");
	assert_int_equal(suppressions.list.items[1].kind, KIND_FD);
}

static void assert_refused(const char *text, size_t n, const char *sentence)
{
	_cleanup_(suppressions_done) struct suppressions suppressions = { 0 };
	_cleanup_(diag_done) struct diag diag = { 0 };

	assert_int_equal(suppressions_parse(&suppressions, "x", text, n, &diag), -EINVAL);
	assert_string_equal(diag.lines.items[0].text, sentence);
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused("leak:a\nrace:b\n", 14, "x:2: 'race:b' is no suppression");
	assert_refused("leak:\n", 6, "x:1: 'leak:' is no suppression");
	assert_refused("cache\033[1m", 9, "x:1: 'cache?[1m' is no suppression");
	assert_refused("leak:a\0b", 8, "x is not a text file: it has a NUL byte");
}

static void test_matches(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "insert", "cache_insert(int)", true },
		{ "insert$", "cache_insert(int)", false },
		{ "foo$", "xfoofoo", true },
		{ "^cache", "cache_insert", true },
		{ "^insert", "cache_insert", false },
		{ "^c*t$", "cache_insert", true },
		{ "^c*x$", "cache_insert", false },
		{ "a*b*c", "xxaxxbxxcxx", true },
		{ "a*b*c", "xxaxxcxxbxx", false },
		{ "*", "", true },
		{ "^$", "", true },
		{ "^$", "a", false },
		{ "operator*", "ns::operator new", true },
		{ "a$b", "xa$by", true },
		{ "a^b", "xa^by", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(suppression_matches(cases[i].pattern, cases[i].text),
				 cases[i].matches);
}

/* All of TEXT, by trying everything. */
static bool naive(const char *pattern, const char *text)
{
	if (!*pattern)
		return !*text;
	if (*pattern == '*')
		return naive(pattern + 1, text) || (*text && naive(pattern, text + 1));
	return *text == *pattern && naive(pattern + 1, text + 1);
}

static void test_against_naive(void **state)
{
	uint32_t seed = 1;
	unsigned n_matches = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char words[2][8], whole[16];
		bool at_start = seed >> 30 & 1, at_end = seed >> 29 & 1, wanted;
		_cleanup_free_ char *pattern = NULL;

		for (int w = 0; w < 2; w++) {
			size_t n;

			seed = seed * 1664525 + 1013904223;
			n = seed >> 24 & 7;
			for (size_t i = 0; i < n; i++) {
				seed = seed * 1664525 + 1013904223;
				words[w][i] = "ab*"[(seed >> 16) % (w ? 2 : 3)];
			}
			words[w][n] = '\0';
		}
		snprintf(whole, sizeof(whole), "%s%s%s", at_start ? "" : "*", words[0],
			 at_end ? "" : "*");
		pattern = str_printf("%s%s%s", at_start ? "^" : "", words[0], at_end ? "$" : "");
		wanted = naive(whole, words[1]);
		n_matches += wanted;
		if (suppression_matches(pattern, words[1]) != wanted)
			fail_msg("'%s' and '%s'", pattern, words[1]);
	}
	assert_in_range(n_matches, 1000, 19000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_against_naive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
