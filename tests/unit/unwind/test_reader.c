// SPDX-License-Identifier: BSD-2-Clause
/* Numbers from bytes: values at the edges, and no byte read beyond the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "unwind/reader.h"

static struct reader reader_of(const void *bytes, size_t n)
{
	return (struct reader){ .at = bytes, .end = (const uint8_t *)bytes + n };
}

/* Writes VALUE as LEB128, signed or not, by the definition; returns how many bytes. */
static size_t leb_write(uint8_t to[10], uint64_t value, bool is_signed)
{
	size_t n = 0;

	for (;;) {
		uint8_t byte = value & 0x7f;
		bool last;

		value = is_signed ? (uint64_t)((int64_t)value >> 7) : value >> 7;
		last = is_signed ? (value == 0 && !(byte & 0x40)) ||
					   (value == UINT64_MAX && (byte & 0x40))
				 : value == 0;
		to[n++] = last ? byte : byte | 0x80;
		if (last)
			return n;
	}
}

static void check_leb(uint64_t value)
{
	uint8_t bytes[10];
	size_t n = leb_write(bytes, value, false);
	struct reader reader = reader_of(bytes, n);

	assert_true(reader_uleb(&reader) == value);
	assert_false(reader.failed);
	assert_ptr_equal(reader.at, reader.end);
	reader = reader_of(bytes, n - 1);
	assert_true(reader_uleb(&reader) == 0 && reader.failed);

	n = leb_write(bytes, value, true);
	reader = reader_of(bytes, n);
	assert_true(reader_sleb(&reader) == (int64_t)value);
	assert_false(reader.failed);
	assert_ptr_equal(reader.at, reader.end);
	reader = reader_of(bytes, n - 1);
	assert_true(reader_sleb(&reader) == 0 && reader.failed);
}

static void test_leb(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		for (int delta = -2; delta <= 2; delta++) {
			check_leb((UINT64_C(1) << shift) + (uint64_t)delta);
			check_leb(-(UINT64_C(1) << shift) + (uint64_t)delta);
		}
	}
}

static void test_leb_too_long(void **state)
{
	uint8_t bytes[11];
	struct reader reader;

	(void)state;
	memset(bytes, 0x80, sizeof(bytes));
	bytes[9] = 2; /* bit 64 */
	reader = reader_of(bytes, 10);
	assert_true(reader_uleb(&reader) == 0 && reader.failed);
	reader = reader_of(bytes, 10);
	assert_true(reader_sleb(&reader) == 0 && reader.failed);
	bytes[9] = 0x80;
	bytes[10] = 0;
	reader = reader_of(bytes, 11);
	assert_true(reader_uleb(&reader) == 0 && reader.failed);
}

static void test_fixed(void **state)
{
	static const uint8_t bytes[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x8f };
	struct reader reader = reader_of(bytes, 8);

	(void)state;
	assert_true(reader_fixed(&reader, 8) == UINT64_C(0x8ffffffffffffffe));
	reader = reader_of(bytes, 8);
	assert_true(reader_signed(&reader, 2) == -2);
	assert_true(reader_signed(&reader, 4) == -1);
	assert_true(reader_fixed(&reader, 2) == 0x8fff);
	assert_false(reader.failed);
	assert_true(reader_u8(&reader) == 0 && reader.failed);
	reader = reader_of(bytes, 3);
	assert_true(reader_fixed(&reader, 4) == 0 && reader.failed);
	assert_true(reader_u8(&reader) == 0); /* nothing is read after a failure */
}

static void test_slices(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct reader reader = reader_of(bytes, 4), slice;

	(void)state;
	slice = reader_slice(&reader, 3);
	assert_int_equal(reader_left(&slice), 3);
	assert_int_equal(reader_left(&reader), 1);
	slice = reader_slice(&reader, UINT64_MAX);
	assert_true(slice.failed && reader.failed);
	assert_int_equal(reader_left(&slice), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leb),    cmocka_unit_test(test_leb_too_long),
		cmocka_unit_test(test_fixed),  cmocka_unit_test(test_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
