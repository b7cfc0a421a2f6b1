// SPDX-License-Identifier: BSD-2-Clause
/* Which programs release the root of their memory to end: this one has the function for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "probe/teardowns.h"

void perl_free(void *interpreter);

void perl_free(void *interpreter)
{
	assert_null(interpreter);
}

static void test_find(void **state)
{
	static const struct {
		const char *path;
		int found;
	} cases[] = {
		{ "/usr/bin/perl", 1 },	   { "perl5.36.0", 1 }, { "/lib/libperl.so.5.36", 1 },
		{ "/usr/bin/python3", 0 }, { "/perl/ls", 0 },	{ "", 0 },
	};
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	struct elf_function function = { .name = "perl_free" };
	struct probe_point point;

	(void)state;
	perl_free(NULL);
	assert_int_equal(elf_file_open(fd, &elf), 0);
	assert_int_equal(elf_file_functions(elf, true, &function, 1), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		point.offset = 0;
		assert_int_equal(teardown_find(elf, cases[i].path, &point), cases[i].found);
		assert_int_equal(point.offset, cases[i].found ? function.offset : 0);
	}
}

/* A program of that name that is none. */
static void test_without(void **state)
{
	_cleanup_close_ int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	_cleanup_(elf_file_closep) struct elf_file *elf = NULL;
	struct probe_point point;

	(void)state;
	assert_int_equal(elf_file_open(fd, &elf), 0);
	assert_int_equal(teardown_find(elf, "/usr/bin/perl", &point), 0);
}

/* The program itself, and none that only uses its library. */
static void test_ends(void **state)
{
	(void)state;
	assert_true(teardown_ends("/usr/bin/perl"));
	assert_true(teardown_ends("perl5.36-x86_64-linux-gnu"));
	assert_false(teardown_ends("/usr/lib/libperl.so.5.36"));
	assert_false(teardown_ends("/usr/bin/vim"));
	assert_false(teardown_ends("/perl/vim"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
