// SPDX-License-Identifier: BSD-2-Clause
/*
 * A small program with random bytes changed, thousands of times: every look-up must end, with any
 * answer. LEAKTRACE_TEST_SEED and LEAKTRACE_TEST_ROUNDS make it another and a longer run.
 */
#include "fixture.h"

static uint64_t random_state;

/* Our own, so that a seed means the same everywhere. */
static uint64_t random_below(uint64_t n)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % n;
}

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* Changes a few bytes: anywhere, or near the start, where the headers are. */
static void mutate(uint8_t *bytes, size_t n)
{
	size_t n_changes = 1 + random_below(8);

	for (size_t i = 0; i < n_changes; i++) {
		size_t at = random_below(4) ? random_below(n) : random_below(n < 1024 ? n : 1024);

		switch (random_below(4)) {
		case 0:
			bytes[at] ^= (uint8_t)(1 << random_below(8));
			break;
		case 1:
			bytes[at] = 0xff;
			break;
		case 2:
			bytes[at] = 0;
			break;
		default:
			bytes[at] = (uint8_t)random_below(256);
		}
	}
}

static void look_up(const char *program, const uint64_t offsets[FIXTURE_MAX_IDS])
{
	struct lookup lookup;

	lookup_program(&lookup, program);
	for (int id = 1; id <= 2; id++)
		lookup_at(&lookup, offsets[id]);
	for (uint64_t offset = 0x1000; offset < 0x1400; offset += 0x55)
		lookup_at(&lookup, offset);
	assert_true(lookup.diag.lines.n <= 1);
	lookup_done(&lookup);
}

static void mutate_program(const char *flags)
{
	_cleanup_free_ char *path = path_of("victim");
	_cleanup_free_ char *copy = NULL;
	_cleanup_free_ char *text = NULL;
	unsigned long n_rounds = setting("LEAKTRACE_TEST_ROUNDS", 1500);
	uint64_t offsets[FIXTURE_MAX_IDS];
	size_t n;

	random_state = setting("LEAKTRACE_TEST_SEED", 1);
	build_c("victim", flags);
	run_program("victim", offsets);
	assert_int_equal(str_read_file(path, 1 << 20, &text, &n), 0);
	copy = malloc(n);
	assert_non_null(copy);
	for (unsigned long i = 0; i < n_rounds; i++) {
		memcpy(copy, text, n);
		mutate((uint8_t *)copy, n);
		write_file("victim", copy, n);
		look_up("victim", offsets);
	}
}

static void test_dwarf_5(void **state)
{
	(void)state;
	mutate_program("-g -gdwarf-5");
}

static void test_dwarf_4(void **state)
{
	(void)state;
	mutate_program("-g -gdwarf-4");
}

static void test_symbols_only(void **state)
{
	(void)state;
	mutate_program("");
}

static void test_compressed(void **state)
{
	(void)state;
	mutate_program("-g -gz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dwarf_5),
		cmocka_unit_test(test_dwarf_4),
		cmocka_unit_test(test_symbols_only),
		cmocka_unit_test(test_compressed),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
