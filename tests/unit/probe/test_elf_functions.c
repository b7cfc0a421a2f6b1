// SPDX-License-Identifier: BSD-2-Clause
/* Functions by name in files that the compiler makes for this test, and in the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>

#include "elf_fixture.h"

/* The bytes at the offset of a found function are those of its code. */
static void assert_code_matches(const char *name, const struct elf_function *function)
{
	_cleanup_free_ char *path = path_of(name), *bytes = NULL;
	size_t n;

	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	assert_true(function->offset > 0 && function->offset < n);
	assert_true(function->size > 0 && function->size < n - function->offset);
	assert_non_null(function->code);
	assert_memory_equal(bytes + function->offset, function->code, function->size);
}

static void test_program(void **state)
{
	static const char *const names[] = { "main", "shared_one", "weak_one", "data_one",
					     "malloc", "ifunc_one", "main", "nothing", "mai",
					     "main_", "" };
	enum { N = sizeof(names) / sizeof(names[0]) };
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("program");
	struct elf_function found[N] = { 0 };

	(void)state;
	for (size_t i = 0; i < N; i++)
		found[i].name = names[i];
	assert_int_equal(elf_file_functions(file, false, found, N), 4);
	for (size_t i = 0; i < N; i++) {
		/* The order of the caller, the same name twice; no data, undefined or IFUNC. */
		bool expected = i < 3 || i == 6;

		assert_ptr_equal(found[i].name, names[i]);
		assert_int_equal(found[i].offset != 0, expected);
		if (expected)
			assert_code_matches("program", &found[i]);
	}
	assert_int_equal(found[0].offset, found[6].offset);
	assert_int_not_equal(found[0].offset, found[1].offset);
	/* Alone, so that no better match is beside it. */
	assert_absent(file, false, "main_");
	assert_absent(file, false, "mai");
	assert_absent(file, false, "local_one");
	assert_true(find(file, true, "local_one").offset != 0);
	assert_absent(file, true, "ifunc_one");
	assert_absent(file, true, "data_one");
	assert_absent(file, true, "malloc");
	assert_int_equal(elf_file_functions(file, true, NULL, 0), 0);
	assert_false(elf_file_is_static(file));
	assert_null(elf_file_soname(file));
}

static void test_variable(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("program");
	uint64_t address = 0, offset, n;

	(void)state;
	assert_true(elf_file_variable(file, "data_one", &address));
	assert_true(elf_file_offset(file, address, PF_W, &offset, &n));
	assert_true(n >= sizeof(int));
	assert_false(elf_file_variable(file, "main", &address));
	assert_false(elf_file_variable(file, "malloc", &address));
	assert_false(elf_file_variable(file, "data_on", &address));
}

static void test_stripped(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *plain = file_open("plain");
	_cleanup_(elf_file_closep) struct elf_file *stripped = file_open("stripped");
	struct elf_function function = find(plain, true, "main");

	(void)state;
	assert_code_matches("plain", &function);
	assert_absent(plain, false, "main");
	assert_absent(stripped, true, "main");
	assert_absent(stripped, true, "shared_one");
}

static struct elf_file *file_open_named(const char *name, const char *root)
{
	_cleanup_free_ char *path = path_of(name);
	struct elf_file *file = file_open(name);

	assert_int_equal(elf_file_set_path(file, root, path), 0);
	return file;
}

/* What "main" of the stripped program NAME is at; 0: not found. */
static uint64_t main_of(const char *name, const char *root)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open_named(name, root);
	struct elf_function function = find(file, true, "main");

	if (function.offset)
		assert_code_matches(name, &function);
	return function.offset;
}

/* The table is packed into the file: all of it, damaged, cut, or something else in it. */
static void test_packed(void **state)
{
	static const char *const damages[] = { "head -c 200 sym.xz", "head -c 99 /dev/zero",
					       "xz -9 <program.c", "tail -c +9 sym.xz",
					       "head -c 1 sym.xz" };
	_cleanup_(elf_file_closep) struct elf_file *plain = file_open("plain");

	(void)state;
	assert_true(run("objcopy --only-keep-debug plain sym && xz -9kf sym &&"
			"objcopy --add-section .gnu_debugdata=sym.xz stripped packed"));
	assert_int_equal(main_of("packed", ""), find(plain, true, "main").offset);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		_cleanup_free_ char *command =
			str_printf("%s >bad && objcopy --add-section .gnu_debugdata=bad stripped "
				   "packed",
				   damages[i]);

		assert_true(command && run(command));
		assert_int_equal(main_of("packed", ""), 0);
	}
	/* What unpacks to more than any table is left alone. */
	assert_true(run("(head -c 100 plain; head -c 70000000 /dev/zero) | xz -1 >bad &&"
			"objcopy --add-section .gnu_debugdata=bad stripped packed"));
	assert_int_equal(main_of("packed", ""), 0);
	assert_true(run("rm -f packed bad sym sym.xz"));
}

/* Beside the file, in .debug there, and what is not the file's own. */
static void test_debug_file(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *plain = file_open("plain");
	uint64_t expected = find(plain, true, "main").offset;

	(void)state;
	assert_true(run("objcopy --only-keep-debug plain linked.debug &&"
			"objcopy --add-gnu-debuglink=linked.debug stripped linked"));
	assert_int_equal(main_of("linked", ""), expected);
	/* The path is what a container sees. */
	assert_int_equal(main_of("linked", "/proc/self/root"), expected);
	assert_int_equal(main_of("linked", "/nonexistent"), 0);
	assert_true(run("mkdir .debug && mv linked.debug .debug/"));
	assert_int_equal(main_of("linked", ""), expected);
	assert_true(run("echo >>.debug/linked.debug"));
	assert_int_equal(main_of("linked", ""), 0);
	assert_true(run("rm .debug/linked.debug && mkfifo .debug/linked.debug"));
	assert_int_equal(main_of("linked", ""), 0);
	assert_true(run("rm -r .debug linked"));
}

/* A build-id must be the same, and needs no checksum. */
static void test_debug_file_by_build_id(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *program = file_open("program");
	uint64_t expected = find(program, true, "local_one").offset;
	_cleanup_(elf_file_closep) struct elf_file *other = NULL;
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;

	(void)state;
	assert_true(run("objcopy --only-keep-debug program linked.debug && strip -s -o linked "
			"program && objcopy --add-gnu-debuglink=linked.debug linked &&"
			"echo >>linked.debug"));
	file = file_open_named("linked", "");
	assert_int_equal(find(file, true, "local_one").offset, expected);
	assert_true(run("cc -O1 -Wl,--build-id=0x1234 -o linked.debug program.c"));
	other = file_open_named("linked", "");
	assert_absent(other, true, "local_one");
	assert_true(run("rm -f linked linked.debug"));
}

/*
 * A program that is not position-independent and takes the address of a library's function has
 * an undefined symbol for it that is not zero: its own entry in the PLT.
 */
static void test_undefined_with_address(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("fixed");

	(void)state;
	assert_true(find(file, true, "main").offset != 0);
	assert_absent(file, false, "malloc");
	assert_absent(file, true, "malloc");
}

static void test_static(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	struct elf_function function;

	(void)state;
	if (!run("cc -static -O1 -o static program.c 2>/dev/null")) {
		print_message("skipped: no static C library is installed\n");
		skip();
	}
	file = file_open("static");
	assert_true(elf_file_is_static(file));
	assert_null(elf_file_soname(file));
	assert_absent(file, false, "malloc");
	function = find(file, true, "malloc");
	assert_code_matches("static", &function);
}

static void test_versions(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *file = file_open("library.so");
	struct elf_function f = find(file, false, "f");

	(void)state;
	assert_code_matches("library.so", &f);
	/* The full table knows each by its own name. */
	assert_int_equal(f.offset, find(file, true, "new_f").offset);
	assert_int_not_equal(f.offset, find(file, true, "old_f").offset);
	assert_int_equal(find(file, true, "f").offset, f.offset);
	/* Only programs that are older than the library still reach it, but they do. */
	assert_int_equal(find(file, false, "gone").offset, find(file, true, "gone_f").offset);
	assert_true(find(file, false, "gone").offset != 0);
	assert_true(find(file, false, "plain_f").offset != 0);
	/* The default version is an IFUNC: the old one beside it is no answer. */
	assert_true(find(file, true, "old_i").offset != 0);
	assert_absent(file, false, "i");
	assert_absent(file, true, "i");
	assert_string_equal(elf_file_soname(file), "libtest.so.7");
	assert_string_equal(elf_file_soname(file), "libtest.so.7");
	assert_false(elf_file_is_static(file));
}

/* Versions in the names of the full table count also where there are no dynamic symbols. */
static void test_versions_in_names(void **state)
{
	_cleanup_free_ char *path = path_of("library.so"), *bytes = NULL;
	_cleanup_close_ int fd = memfd_create("library", MFD_CLOEXEC);
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	Elf64_Ehdr *header;
	Elf64_Shdr *sections;
	size_t n;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	header = (Elf64_Ehdr *)bytes;
	sections = (Elf64_Shdr *)(bytes + header->e_shoff);
	for (size_t i = 0; i < header->e_shnum; i++) {
		if (sections[i].sh_type == SHT_DYNSYM)
			sections[i].sh_type = SHT_PROGBITS;
	}
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_absent(file, false, "f");
	assert_int_equal(find(file, true, "f").offset, find(file, true, "new_f").offset);
	assert_true(find(file, true, "f").offset != 0);
	assert_true(find(file, true, "gone").offset != 0);
	assert_absent(file, true, "i");
}

static void test_build_id(void **state)
{
	_cleanup_(elf_file_closep) struct elf_file *with = file_open("program");
	_cleanup_(elf_file_closep) struct elf_file *without = file_open("plain");
	_cleanup_free_ char *hex = NULL;
	uint8_t id[20];

	(void)state;
	assert_int_equal(elf_file_build_id(with, id, sizeof(id)), sizeof(id));
	hex = str_hex(id, sizeof(id));
	assert_string_equal(hex, BUILD_ID);
	/* Part of a build-id is none. */
	assert_int_equal(elf_file_build_id(with, id, sizeof(id) - 1), 0);
	assert_int_equal(elf_file_build_id(without, id, sizeof(id)), 0);
}

static void test_no_section_headers(void **state)
{
	_cleanup_free_ char *path = path_of("program"), *bytes = NULL;
	_cleanup_close_ int fd = memfd_create("program", MFD_CLOEXEC);
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	Elf64_Ehdr *header;
	uint8_t id[20];
	size_t n;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	header = (Elf64_Ehdr *)bytes;
	header->e_shoff = 0;
	header->e_shnum = header->e_shstrndx = 0;
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_absent(file, true, "main");
	assert_int_equal(elf_file_build_id(file, id, sizeof(id)), sizeof(id));
	assert_false(elf_file_is_static(file));
}

struct loaded {
	const char *path;
	uintptr_t address;
	uint64_t offset;
};

/* Where the dynamic linker's own program headers say the address is in the file. */
static int loaded_find(struct dl_phdr_info *info, size_t n, void *data)
{
	struct loaded *loaded = data;

	(void)n;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type != PT_LOAD || loaded->address < start ||
		    loaded->address - start >= info->dlpi_phdr[i].p_memsz)
			continue;
		loaded->path = info->dlpi_name;
		loaded->offset = loaded->address - start + info->dlpi_phdr[i].p_offset;
		return 1;
	}
	return 0;
}

static int libc_find(struct dl_phdr_info *info, size_t n, void *path)
{
	(void)n;
	if (!strstr(info->dlpi_name, "/libc.so") && !strstr(info->dlpi_name, "/ld-musl"))
		return 0;
	*(const char **)path = info->dlpi_name;
	return 1;
}

/* Someone who traces this machine has breakpoints in the loaded code. */
static void assert_code_equal(const uint8_t *file, const uint8_t *memory, size_t n)
{
	const uint8_t breakpoint = 0xcc;

	for (size_t i = 0; i < n; i++) {
		if (memory[i] != breakpoint)
			assert_int_equal(memory[i], file[i]);
	}
}

static void test_libc(void **state)
{
	static const char *const names[] = { "malloc", "free", "realloc", "posix_memalign",
					     "pthread_create" };
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	_cleanup_close_ int fd = -1;
	const char *path = NULL;
	void *libc;

	(void)state;
	assert_true(dl_iterate_phdr(libc_find, &path));
	libc = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	assert_non_null(libc);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(elf_file_open(fd, &file), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct elf_function function = find(file, false, names[i]);
		struct loaded loaded = { .address = (uintptr_t)dlsym(libc, names[i]) };

		assert_true(dl_iterate_phdr(loaded_find, &loaded));
		assert_string_equal(loaded.path, path);
		assert_int_equal(function.offset, loaded.offset);
		assert_true(function.size > 0);
		assert_code_equal(function.code, (const uint8_t *)loaded.address, function.size);
	}
	assert_absent(file, false, "this_is_in_no_libc");
	assert_false(elf_file_is_static(file));
	dlclose(libc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_debug_file),
		cmocka_unit_test(test_debug_file_by_build_id),
		cmocka_unit_test(test_undefined_with_address),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_versions_in_names),
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_no_section_headers),
		cmocka_unit_test(test_libc),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
