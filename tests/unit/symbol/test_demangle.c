// SPDX-License-Identifier: BSD-2-Clause
/* Names of C++, Rust and C, and names that nobody's compiler wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "symbol/demangle.h"

static void test_names(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{ "main", "main" },
		{ "_start", "_start" },
		{ "", "" },
		{ "_Z", "_Z" },
		{ "_ZN2ns5Class6methodEi", "ns::Class::method(int)" },
		{ "_ZNK2ns5Class6methodEv", "ns::Class::method() const" },
		/* A template's return type is in the mangled name, but nobody calls it that. */
		{ "_Z4biggIiET_S0_S0_", "bigg<int>(int, int)" },
		{ "_ZN3BoxIiEC1Ei", "Box<int>::Box(int)" },
		{ "_ZN3BoxIiEC4Ei", "Box<int>::Box(int)" },
		{ "_ZN12_GLOBAL__N_14anonEi", "(anonymous namespace)::anon(int)" },
		{ "_Z2fnv.cold", "fn() [clone .cold]" },
		{ "fn.part.0", "fn.part.0" },
		/* Rust: the older scheme, with a hash, and the newer one. */
		{ "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
		  "core::fmt::Write::write_fmt" },
		{ "_RNvCs1234_7mycrate3foo", "mycrate::foo" },
		/* Not mangled after all. */
		{ "_Zebra", "_Zebra" },
		{ "_Restore", "_Restore" },
		{ "tab\tescape\033[2J", "tab?escape?[2J" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *name = demangle_name(cases[i].name);

		assert_non_null(name);
		assert_string_equal(name, cases[i].expected);
	}
}

/* Each pair doubles the text of the one before: 36 of them are hundreds of gigabytes. */
static void test_bomb(void **state)
{
	_cleanup_free_ char *name = NULL;
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char bomb[600] = "_Z1f1AIiiE";
	size_t n = strlen(bomb);

	(void)state;
	for (const char *digit = digits; *digit; digit++)
		n += (size_t)snprintf(bomb + n, sizeof(bomb) - n, "S_IS%c_S%c_E", *digit, *digit);
	name = demangle_name(bomb);
	assert_non_null(name);
	assert_int_equal(strlen(name), DEMANGLE_MAX_BYTES);
	assert_string_equal(name + DEMANGLE_MAX_BYTES - 3, "...");
	assert_memory_equal(name, "f(A<int, int>, A<", 17);
}

static void test_long(void **state)
{
	_cleanup_free_ char *plain = NULL;
	_cleanup_free_ char *mangled = NULL;
	char text[10000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	plain = demangle_name(text);
	assert_non_null(plain);
	assert_int_equal(strlen(plain), DEMANGLE_MAX_BYTES);
	assert_string_equal(plain + DEMANGLE_MAX_BYTES - 4, "x...");
	memcpy(text, "_Z9990", 6);
	mangled = demangle_name(text);
	assert_non_null(mangled);
	assert_int_equal(strlen(mangled), DEMANGLE_MAX_BYTES);
}

/* Whatever bytes come: an answer, printable, of bounded length. */
static void test_random(void **state)
{
	static const char letters[] = "NSIEKRPCDTLXJ_0123456789abcdefhijlmnopqstvwxyzGWMB";

	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		_cleanup_free_ char *name = NULL;
		char mangled[100];
		size_t n = 3 + (size_t)rand() % (sizeof(mangled) - 4);

		mangled[0] = '_';
		mangled[1] = rand() & 1 ? 'Z' : 'R';
		for (size_t j = 2; j < n; j++)
			mangled[j] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		mangled[n] = '\0';
		name = demangle_name(mangled);
		assert_non_null(name);
		assert_true(strlen(name) <= DEMANGLE_MAX_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
