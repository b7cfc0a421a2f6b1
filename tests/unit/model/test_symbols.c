// SPDX-License-Identifier: BSD-2-Clause
/* Resolved places: copies of names, the first answer stays, absent facts stay absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "model/symbols.h"

static void test_add_and_find(void **state)
{
	struct place place = { .module = 3, .offset = 0x40 };
	struct place other = { .module = 4, .offset = 0x40 };
	char function[] = "cache_insert", file[] = "cache.c";
	struct frame frames[] = {
		{ .function = function, .file = file, .line = 88, .inlined = true },
		{ .function = "main", .file = file, .line = 9 },
	};
	const struct symbol *symbol;
	struct symbols symbols;

	(void)state;
	symbols_init(&symbols);
	assert_null(symbols_find(&symbols, &place));
	assert_int_equal(symbols_add(&symbols, &place, frames, 2), 0);
	/* What was given may go away. */
	memset(function, 'x', sizeof(function) - 1);
	memset(file, 'x', sizeof(file) - 1);
	symbol = symbols_find(&symbols, &place);
	assert_non_null(symbol);
	assert_int_equal(symbol->n_frames, 2);
	assert_string_equal(symbol->frames[0].function, "cache_insert");
	assert_string_equal(symbol->frames[0].file, "cache.c");
	assert_int_equal(symbol->frames[0].line, 88);
	assert_true(symbol->frames[0].inlined);
	assert_string_equal(symbol->frames[1].function, "main");
	assert_false(symbol->frames[1].inlined);
	/* One copy of a name serves all frames. */
	assert_ptr_equal(symbol->frames[0].file, symbol->frames[1].file);
	assert_null(symbols_find(&symbols, &other));
	symbols_done(&symbols);
}

static bool is_wanted(void *data, const struct place *place)
{
	(void)data;
	return place->module == 2;
}

/* What is kept has its names, and is found in the same order. */
static void test_keep(void **state)
{
	struct frame frame = { .function = "f", .file = "a.c", .directory = "/b", .line = 3 };
	const struct symbol *symbol = NULL;
	struct symbols symbols;
	uint64_t n = 0;

	(void)state;
	symbols_init(&symbols);
	for (uint32_t i = 0; i < 300; i++) {
		struct place place = { .module = i % 3, .offset = i };

		assert_int_equal(symbols_add(&symbols, &place, &frame, 1), 0);
	}
	symbols_keep(&symbols, is_wanted, NULL);
	while ((symbol = symbols_next(&symbols, symbol))) {
		assert_int_equal(symbol->place.offset, 3 * n++ + 2);
		assert_string_equal(symbol->frames[0].function, "f");
		assert_string_equal(symbol->frames[0].directory, "/b");
		assert_int_equal(symbol->frames[0].line, 3);
	}
	assert_int_equal(n, 100);
	symbols_done(&symbols);
}

static void test_first_answer_stays(void **state)
{
	struct place place = { .module = 1, .offset = 1 };
	struct frame first = { .function = "first" };
	struct frame second = { .function = "second", .line = 2 };
	struct symbols symbols;

	(void)state;
	symbols_init(&symbols);
	assert_int_equal(symbols_add(&symbols, &place, &first, 1), 0);
	assert_int_equal(symbols_add(&symbols, &place, &second, 1), 0);
	assert_string_equal(symbols_find(&symbols, &place)->frames[0].function, "first");
	symbols_done(&symbols);
}

static void test_unknown(void **state)
{
	struct place place = { .module = 1, .offset = UINT64_MAX };
	struct frame nothing = { 0 };
	struct symbols symbols;

	(void)state;
	symbols_init(&symbols);
	assert_int_equal(symbols_add(&symbols, &place, &nothing, 1), 0);
	assert_int_equal(symbols_find(&symbols, &place)->n_frames, 1);
	assert_null(symbols_find(&symbols, &place)->frames[0].function);
	assert_null(symbols_find(&symbols, &place)->frames[0].file);
	symbols_done(&symbols);
	assert_null(symbols_find(&symbols, &place));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_find),
		cmocka_unit_test(test_first_answer_stays),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
