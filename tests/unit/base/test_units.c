// SPDX-License-Identifier: BSD-2-Clause
/* Sizes, times and counts: what is read, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/units.h"

struct parse_case {
	const char *text;
	int r;
	uint64_t value;
};

typedef int (*parse_fn)(const char *text, uint64_t *ret_value);

static void check_cases(parse_fn parse, const struct parse_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 4711;
		int r = parse(cases[i].text, &value);

		if (r != cases[i].r || value != (r < 0 ? 4711 : cases[i].value))
			fail_msg("'%s' gives %d, %llu; expected %d, %llu", cases[i].text, r,
				 (unsigned long long)value, cases[i].r,
				 (unsigned long long)cases[i].value);
	}
}

#define CHECK_CASES(parse, cases) check_cases(parse, cases, sizeof(cases) / sizeof((cases)[0]))

static void test_parse_bytes(void **state)
{
	static const struct parse_case cases[] = {
		{ "0", 0, 0 },
		{ "300", 0, 300 },
		{ "10k", 0, 10240 },
		{ "10K", 0, 10240 },
		{ "10 KiB", 0, 10240 },
		{ "1.5M", 0, 1572864 },
		{ ".5k", 0, 512 },
		{ "2GiB", 0, 2147483648 },
		{ "1tib", 0, 1099511627776 },
		{ "7b", 0, 7 },
		{ "", -EINVAL, 0 },
		{ ".", -EINVAL, 0 },
		{ "k", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "5x", -EINVAL, 0 },
		{ "5kk", -EINVAL, 0 },
		{ "5k 5", -EINVAL, 0 },
		{ "1e999", -EINVAL, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999t", -ERANGE, 0 },
	};

	(void)state;
	CHECK_CASES(units_parse_bytes, cases);
}

static void test_parse_ns(void **state)
{
	static const struct parse_case cases[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1000000000 },
		{ "250ms", 0, 250000000 },
		{ "1.5", 0, 1500000000 },
		{ "7us", 0, 7000 },
		{ "9ns", 0, 9 },
		{ "10s", 0, 10000000000 },
		{ "2m", 0, 120000000000 },
		{ "2min", 0, 120000000000 },
		{ "1h", 0, 3600000000000 },
		{ "1d", 0, 86400000000000 },
		{ "5x", -EINVAL, 0 },
		{ "ms", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 },
		{ "300000d", -ERANGE, 0 },
	};

	(void)state;
	CHECK_CASES(units_parse_ns, cases);
}

static void test_parse_count(void **state)
{
	static const struct parse_case cases[] = {
		{ "0", 0, 0 },
		{ "6500000", 0, 6500000 },
		{ "10k", 0, 10000 },
		{ "2M", 0, 2000000 },
		{ "1g", 0, 1000000000 },
		{ "2MiB", -EINVAL, 0 },
		{ "ten", -EINVAL, 0 },
	};

	(void)state;
	CHECK_CASES(units_parse_count, cases);
}

struct format_case {
	uint64_t value;
	const char *text;
};

static void test_format_bytes(void **state)
{
	static const struct format_case cases[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 12288, "12.0 KiB" },
		{ 1048575, "1.0 MiB" },
		{ 1048576, "1.0 MiB" },
		{ 5368709120, "5.0 GiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char text[UNITS_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(units_format_bytes(cases[i].value, text), cases[i].text);
		assert_ptr_equal(units_format_bytes(cases[i].value, text), text);
	}
}

static void test_format_count(void **state)
{
	static const struct format_case cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 41022, "41,022" },
		{ 123456, "123,456" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char text[UNITS_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(units_format_count(cases[i].value, text), cases[i].text);
}

static void test_format_ns(void **state)
{
	static const struct format_case cases[] = {
		{ 0, "0 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.0 us" },
		{ 850000, "850 us" },
		{ 1800000000, "1.8 s" },
		{ 9990000000, "10 s" },
		{ 59000000000, "59 s" },
		{ 720000000000, "12 min" },
		{ 12600000000000, "3.5 h" },
		{ 172800000000000, "2.0 d" },
		{ UINT64_MAX, "213504 d" },
	};
	char text[UNITS_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(units_format_ns(cases[i].value, text), cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_bytes),  cmocka_unit_test(test_parse_ns),
		cmocka_unit_test(test_parse_count),  cmocka_unit_test(test_format_bytes),
		cmocka_unit_test(test_format_count), cmocka_unit_test(test_format_ns),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
