// SPDX-License-Identifier: BSD-2-Clause
/* Functions of test frameworks that a library hides, and texts that begin with a variable of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf_fixture.h"
#include "leaktrace/test_abi.h"
#include "probe/callers.h"
#include "probe/signals.h"

static const char hiding_source[] =
	"extern int rand(void), random(void);\n"
	"const char *current;\n"
	"__attribute__((noinline)) static int before(int n) { return n + random(); }\n"
	"__attribute__((noinline)) static int hidden(int n) { return before(n) * 3 + rand(); }\n"
	"int shown(int n) { return hidden(n) + 1; }\n"
	"int tells(void) { return current != 0; }\n";

static const struct lt_signal signal_begin = { .action = LT_SIGNAL_BEGIN, .until_return = 1 };

static int signals_setup(void **state)
{
	if (setup(state) < 0)
		return -1;
	text_write("hiding.c", hiding_source);
	return run("cc -O1 -shared -fPIC -Wl,-soname,libhiding.so -o full.so hiding.c") &&
			       run("cc -O1 -shared -fPIC -fno-plt -Wl,-z,now "
				   "-Wl,-soname,libhiding.so -o noplt.so hiding.c") &&
			       run("strip -o hiding.so full.so") ?
		       0 :
		       -1;
}

/* The sites of one symbol in a file. */
static struct signal_sites sites_of(const char *name, const struct test_symbol *symbol)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open(name);
	_cleanup_free_ char *path = path_of(name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct signal_sites sites = { 0 };

	assert_int_equal(signal_sites_find(file, fd, symbol, 1, &sites), 0);
	return sites;
}

static void check_absent(const char *name, const struct test_symbol *symbol)
{
	_cleanup_(signal_sites_done) struct signal_sites sites = sites_of(name, symbol);

	assert_int_equal(sites.list.n, 0);
}

/* The one site of the symbol is where FUNCTION begins in the file with all symbols. */
static void check_found(const char *name, const struct test_symbol *symbol, const char *full,
			const char *function)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open(full);
	_cleanup_(signal_sites_done) struct signal_sites sites = sites_of(name, symbol);

	assert_int_equal(sites.list.n, 1);
	assert_int_equal(sites.list.items[0].offset, find(file, true, function).offset);
	assert_true(sites.list.items[0].returns);
}

static void test_hidden(void **state)
{
	struct test_symbol symbol = {
		.name = "hidden", .signal = &signal_begin, .with = "shown", .calls = "rand"
	};

	(void)state;
#if defined(__x86_64__)
	check_found("hiding.so", &symbol, "full.so", "hidden");
	check_found("noplt.so", &symbol, "noplt.so", "hidden");
	symbol.calls = "random";
	check_found("hiding.so", &symbol, "full.so", "before");
#endif
	symbol.calls = "srand";
	check_absent("hiding.so", &symbol);
	symbol.calls = "rand";
	symbol.with = "not_there";
	check_absent("hiding.so", &symbol);
}

/* A program has its symbols: there the name alone counts. */
static void test_in_program(void **state)
{
	struct test_symbol symbol = { .name = "local_one",
				      .signal = &signal_begin,
				      .with = "shared_one",
				      .calls = "malloc" };

	(void)state;
	check_found("program", &symbol, "program", "local_one");
	symbol.name = "not_there";
	check_absent("program", &symbol);
	symbol.name = "local_one";
	symbol.with = "not_there";
	check_absent("program", &symbol);
}

static void test_variable(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("hiding.so");
	struct test_symbol symbol = { .name = "tells",
				      .signal = &signal_begin,
				      .variable = "current" };
	_cleanup_(signal_sites_done) struct signal_sites sites = sites_of("hiding.so", &symbol);
	uint64_t address, slot;

	(void)state;
	assert_int_equal(sites.list.n, 1);
	assert_true(LT_PLACE_IS(sites.list.items[0].cookie));
	assert_true(LT_PLACE_IN_MEMORY(sites.list.items[0].cookie));
	assert_true(elf_file_address(file, sites.list.items[0].offset, &address));
	assert_true(elf_file_slot(file, "current", &slot));
	assert_int_equal(address + (uint64_t)LT_PLACE_DISTANCE(sites.list.items[0].cookie), slot);
	symbol.variable = "not_there";
	check_absent("hiding.so", &symbol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_in_program),
		cmocka_unit_test(test_variable),
	};

	return cmocka_run_group_tests(tests, signals_setup, teardown);
}
