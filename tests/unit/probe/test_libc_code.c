// SPDX-License-Identifier: BSD-2-Clause
/* The C library's part of programs that the compiler of this machine links, as static ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/elf_functions.h"
#include "probe/libc_code.h"

static const char source[] = "#include <sys/mman.h>\n"
			     "#include <stdlib.h>\n"
			     "int own(void) { return !mmap(0, 1, 0, 0, -1, 0) || !malloc(1); }\n"
			     "int main(void) { return own(); }\n";

/* Compiles with FLAGS and opens the program. */
static int build(const char *flags)
{
	char directory[] = "/tmp/libc_code.XXXXXX", path[64], command[512];
	FILE *to;
	int fd;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/program", directory);
	snprintf(command, sizeof(command), "cc %s -O1 -x c -o %s -", flags, path);
	to = popen(command, "w");
	assert_non_null(to);
	fputs(source, to);
	assert_int_equal(pclose(to), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	unlink(path);
	rmdir(directory);
	return fd;
}

static bool is_library(int fd, const struct module *module, const char *name)
{
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	struct elf_function function = { .name = name };

	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_int_equal(elf_file_functions(file, true, &function, 1), 1);
	return module_is_library(module, function.offset);
}

/* What libc_code_find() says of the file behind FD. */
static int code_find(int fd, struct module *module)
{
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;

	assert_int_equal(elf_file_open(fd, &file), 0);
	return libc_code_find(file, module);
}

static void check(const char *flags)
{
	struct module module = { 0 };
	int fd = build(flags);

	assert_int_equal(code_find(fd, &module), 0);
	assert_true(is_library(fd, &module, "mmap"));
	assert_true(is_library(fd, &module, "__libc_setup_tls"));
	assert_false(is_library(fd, &module, "own"));
	assert_false(is_library(fd, &module, "main"));
	vec_done(&module.library);
	close(fd);
}

static void test_static(void **state)
{
	(void)state;
	check("-static");
	check("-static-pie");
}

static void test_dynamic(void **state)
{
	struct module module = { 0 };
	int fd = build("");

	(void)state;
	assert_int_equal(code_find(fd, &module), 0);
	assert_int_equal(module.library.n, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_dynamic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
