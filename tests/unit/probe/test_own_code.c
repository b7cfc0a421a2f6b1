// SPDX-License-Identifier: BSD-2-Clause
/* The C library's code is replaced under a running program, which does not notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/own_code.h"

/* The path of what is mapped at ADDRESS, "" for memory that is of no file. */
static void path_at(uintptr_t address, char path[4096])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[8192];
	bool found = false;

	assert_non_null(maps);
	while (!found && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;
		int n = 0;

		assert_int_equal(sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &start, &end, &n), 2);
		found = address >= start && address < end;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, 4096, "%s", line + n);
	}
	fclose(maps);
	assert_true(found);
}

static void test_copy(void **state)
{
	/* A function that no sanitizer has one of its own for. */
	uintptr_t address = (uintptr_t)a64l;
	char path[4096];

	(void)state;
	path_at(address, path);
	assert_non_null(strstr(path, "libc"));
	assert_int_equal(own_code_copy_at(address), 0);
	path_at(address, path);
	assert_string_equal(path, "");
	assert_int_equal(a64l("./"), 64);
	/* And once more, from where it is now. */
	assert_int_equal(own_code_copy_at(address), 0);
}

static void test_nowhere(void **state)
{
	int local;

	(void)state;
	assert_int_equal(own_code_copy_at((uintptr_t)&local), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
