/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF files for the tests of elf_functions.c, made by the compiler when a test begins. */
#ifndef LT_TEST_PROBE_ELF_FIXTURE_H
#define LT_TEST_PROBE_ELF_FIXTURE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "probe/elf_functions.h"

#define BUILD_ID "0123456789abcdef0123456789abcdef01234567"

/* Kept small: the damage loop is worth more when more of the file matters. */
static const char program_source[] =
	"int shared_one(int a) { return a + 1; }\n"
	"__attribute__((noinline, used)) static int local_one(int a) { return a * 3; }\n"
	"__attribute__((weak, noinline)) int weak_one(int a) { return a - 1; }\n"
	"int data_one = 1;\n"
	"static int (*pick(void))(int) { return shared_one; }\n"
	"int ifunc_one(int) __attribute__((ifunc(\"pick\")));\n"
	"extern void *malloc(unsigned long);\n"
	"void *volatile pointer;\n"
	"int main(int n, char **v) { (void)v; pointer = (void *)malloc;\n"
	"	return local_one(n) + weak_one(n) + ifunc_one(n) + data_one; }\n";

static const char library_source[] =
	"int old_f(void) { return 1; }\n"
	"int new_f(void) { return 2; }\n"
	"int gone_f(void) { return 3; }\n"
	"int plain_f(void) { return 4; }\n"
	"static int (*pick(void))(void) { return old_f; }\n"
	"int new_i(void) __attribute__((ifunc(\"pick\")));\n"
	"int old_i(void) { return 5; }\n"
	"__asm__(\".symver old_f,f@V1\\n.symver new_f,f@@V2\\n.symver gone_f,gone@V1\\n\"\n"
	"	\".symver old_i,i@V1\\n.symver new_i,i@@V2\");\n";

static const char library_versions[] =
	"V1 { global: plain_f; local: old_f; new_f; gone_f; old_i; new_i; pick; };\nV2 { } V1;\n";

static char directory[] = "/tmp/leaktrace-elf-XXXXXX";

static inline char *path_of(const char *name)
{
	char *path = str_printf("%s/%s", directory, name);

	assert_non_null(path);
	return path;
}

static inline void text_write(const char *name, const char *text)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_fclose_ FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

/* Runs a command in the directory of the test. */
static inline bool run(const char *command)
{
	_cleanup_free_ char *line = str_printf("cd %s && %s", directory, command);

	assert_non_null(line);
	return system(line) == 0;
}

static inline int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	text_write("program.c", program_source);
	text_write("library.c", library_source);
	text_write("library.map", library_versions);
	if (!run("cc -g -O1 -rdynamic -Wl,--build-id=0x" BUILD_ID " -o program program.c") ||
	    !run("cc -g -O1 -Wl,--build-id=none -o plain program.c") ||
	    !run("cc -O1 -no-pie -fno-pic -o fixed program.c") ||
	    !run("strip -s -o stripped plain") ||
	    !run("cc -O1 -shared -fPIC -Wl,--version-script=library.map "
		 "-Wl,-soname,libtest.so.7 -o library.so library.c"))
		return -1;
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	if (!run("rm -f *.c *.map *.so program plain fixed stripped static"))
		return -1;
	return rmdir(directory);
}

/* Opens a file of the test, and closes the descriptor: the elf_file has its own. */
static inline struct elf_file *file_open(const char *name)
{
	_cleanup_free_ char *path = path_of(name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct elf_file *file = NULL;

	assert_true(fd >= 0);
	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_non_null(file);
	return file;
}

static inline struct elf_function find(struct elf_file *file, bool with_symtab, const char *name)
{
	struct elf_function function = { .name = name, .offset = 1, .size = 1 };
	size_t n = elf_file_functions(file, with_symtab, &function, 1);

	assert_int_equal(n, function.offset != 0);
	assert_ptr_equal(function.name, name);
	if (n == 0) {
		assert_int_equal(function.size, 0);
		assert_null(function.code);
	}
	return function;
}

static inline void assert_absent(struct elf_file *file, bool with_symtab, const char *name)
{
	if (find(file, with_symtab, name).offset != 0)
		fail_msg("%s was found", name);
}

/* Writes the bytes to FD, which then has only them, and opens them. */
static inline int bytes_open(int fd, const void *bytes, size_t n, struct elf_file **ret_file)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, bytes, n, 0), n);
	return elf_file_open(fd, ret_file);
}

#endif
