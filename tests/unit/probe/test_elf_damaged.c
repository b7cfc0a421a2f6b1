// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files that are not ELF, that shrink while they are read, and that were damaged on purpose in a
 * few thousand ways: under the sanitizer, none may be more than refused or poor in functions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <sys/mman.h>
#include <time.h>

#include "elf_fixture.h"

static void test_not_elf(void **state)
{
	_cleanup_close_ int fd = memfd_create("not-elf", MFD_CLOEXEC);
	_cleanup_close_ int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct elf_file *file = NULL;
	Elf64_Ehdr header = { 0 };

	(void)state;
	assert_int_equal(bytes_open(fd, "", 0, &file), -ENOEXEC);
	assert_int_equal(bytes_open(fd, "#!/bin/sh\n", 10, &file), -ENOEXEC);
	assert_int_equal(bytes_open(fd, ELFMAG, SELFMAG, &file), -ENOEXEC);
	assert_int_equal(bytes_open(fd, &header, sizeof(header), &file), -ENOEXEC);
	assert_int_equal(elf_file_open(directory_fd, &file), -ENOEXEC);
	assert_int_equal(elf_file_open(-1, &file), -EBADF);
	assert_null(file);
}

/* A valid file, but for one number in its header. */
static void test_header(void **state)
{
	_cleanup_close_ int fd = memfd_create("header", MFD_CLOEXEC);
	_cleanup_free_ char *path = path_of("program"), *bytes = NULL;
	struct elf_file *file = NULL;
	Elf64_Ehdr good, *header;
	size_t n;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	header = (Elf64_Ehdr *)bytes;
	good = *header;
	header->e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(bytes_open(fd, bytes, n, &file), -ENOEXEC);
	*header = good;
	header->e_machine = EM_S390;
	assert_int_equal(bytes_open(fd, bytes, n, &file), -ENOEXEC);
	*header = good;
	header->e_shnum = 0;
	assert_int_equal(bytes_open(fd, bytes, n, &file), -ENOEXEC);
	*header = good;
	header->e_phnum = PN_XNUM;
	assert_int_equal(bytes_open(fd, bytes, n, &file), -ENOEXEC);
	*header = good;
	header->e_phoff = n - 1;
	assert_int_equal(bytes_open(fd, bytes, n, &file), -ENOEXEC);
	*header = good;
	assert_int_equal(bytes_open(fd, bytes, n, &file), 0);
	assert_true(find(file, false, "main").offset != 0);
	elf_file_close(file);
}

/* A program of another kind on the same machine (x32), whole as far as it goes. */
static void test_other_class(void **state)
{
	_cleanup_close_ int fd = memfd_create("other-class", MFD_CLOEXEC);
	struct elf_file *file = NULL;
	struct {
		Elf32_Ehdr header;
		/* Where a 64-bit header has its numbers of segments and sections. */
		uint16_t more[6];
		Elf32_Phdr segment;
	} bytes = {
		.header = { .e_type = ET_EXEC,
			    .e_version = EV_CURRENT,
			    .e_phoff = 64,
			    .e_ehsize = sizeof(Elf32_Ehdr),
			    .e_phentsize = sizeof(Elf32_Phdr),
			    .e_phnum = 1 },
		.more = { 0, 0, 1, 0, 1, 0 },
		.segment = { .p_type = PT_LOAD, .p_flags = PF_X | PF_R, .p_filesz = 64 },
	};

	(void)state;
	memcpy(bytes.header.e_ident, ELFMAG, SELFMAG);
	bytes.header.e_ident[EI_CLASS] = ELFCLASS32;
	bytes.header.e_ident[EI_DATA] = ELFDATA2LSB;
	bytes.header.e_ident[EI_VERSION] = EV_CURRENT;
#if defined(__x86_64__)
	bytes.header.e_machine = EM_X86_64;
#else
	bytes.header.e_machine = EM_AARCH64;
#endif
	assert_int_equal(bytes_open(fd, &bytes, sizeof(bytes), &file), -ENOEXEC);
}

/* The program without what makes its functions functions: each change alone hides them all. */
static void test_tables(void **state)
{
	_cleanup_close_ int fd = memfd_create("tables", MFD_CLOEXEC);
	_cleanup_free_ char *path = path_of("program"), *bytes = NULL, *copy = NULL;
	size_t n;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	copy = malloc(n);
	assert_non_null(copy);
	for (int change = 0; change < 4; change++) {
		_cleanup_(elf_file_closep) struct elf_file *file = NULL;
		Elf64_Ehdr *header = (Elf64_Ehdr *)copy;

		memcpy(copy, bytes, n);
		for (size_t i = 0; i < header->e_phnum && change == 1; i++)
			((Elf64_Phdr *)(copy + header->e_phoff))[i].p_flags &= ~(uint32_t)PF_X;
		for (size_t i = 0; i < header->e_shnum && change > 1; i++) {
			Elf64_Shdr *section = &((Elf64_Shdr *)(copy + header->e_shoff))[i];

			if (change == 2 && section->sh_type == SHT_STRTAB)
				section->sh_type = SHT_PROGBITS;
			if (change == 3)
				section->sh_flags |= SHF_COMPRESSED;
		}
		assert_int_equal(bytes_open(fd, copy, n, &file), 0);
		if (change == 0)
			assert_true(find(file, true, "main").offset != 0);
		else
			assert_absent(file, true, "main");
	}
}

/* The file shrinks after it was opened: an upgrade that overwrites a library in place. */
static void test_shrinks(void **state)
{
	_cleanup_close_ int fd = memfd_create("shrinks", MFD_CLOEXEC);
	_cleanup_free_ char *path = path_of("program"), *bytes = NULL;
	uint8_t id[20];
	size_t n;

	(void)state;
	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	for (size_t left = 0; left < n; left += n / 16) {
		_cleanup_(elf_file_closep) struct elf_file *file = NULL;

		assert_int_equal(bytes_open(fd, bytes, n, &file), 0);
		assert_int_equal(ftruncate(fd, (off_t)left), 0);
		if (left == 0) {
			assert_absent(file, true, "main");
			assert_int_equal(elf_file_build_id(file, id, sizeof(id)), 0);
			assert_null(elf_file_soname(file));
		}
		find(file, true, "main");
	}
}

/* Asks everything of a file that may be damaged; false if it is refused. */
static bool damaged_read(int fd, const void *bytes, size_t n)
{
	static const char *const names[] = { "main", "f", "gone", "malloc", "local_one", "" };
	_cleanup_(elf_file_closep) struct elf_file *file = NULL;
	struct elf_function found[6];
	const char *soname;
	uint8_t id[20];

	if (bytes_open(fd, bytes, n, &file) < 0)
		return false;
	for (size_t i = 0; i < 6; i++)
		found[i] = (struct elf_function){ .name = names[i] };
	elf_file_functions(file, true, found, 6);
	for (size_t i = 0; i < 6; i++) {
		if (found[i].offset)
			assert_true(found[i].offset < n && found[i].size <= n - found[i].offset);
		if (found[i].code)
			assert_memory_equal(found[i].code, (const char *)bytes + found[i].offset,
					    found[i].size);
	}
	assert_true(elf_file_build_id(file, id, sizeof(id)) <= sizeof(id));
	soname = elf_file_soname(file);
	assert_true(!soname || strlen(soname) < 4096);
	elf_file_is_static(file);
	return true;
}

static uint64_t random_next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* Where damage tells most: the headers and tables, not code and debug information. */
static size_t damage_place(const char *bytes, size_t n, uint64_t *random)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	const Elf64_Shdr *section = &sections[random_next(random) % header->e_shnum];
	uint64_t at = random_next(random);

	switch (random_next(random) % 5) {
	case 0:
		return at % (sizeof(*header) + header->e_phnum * sizeof(Elf64_Phdr));
	case 1:
		return header->e_shoff + at % (header->e_shnum * sizeof(Elf64_Shdr));
	case 2:
		return at % n;
	default: /* the contents of a section other than .bss */
		return section->sh_type == SHT_NOBITS || section->sh_size == 0 ?
			       at % n :
			       section->sh_offset + at % section->sh_size;
	}
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void damage_loop(const char *name, size_t n_rounds)
{
	_cleanup_close_ int fd = memfd_create("damaged", MFD_CLOEXEC);
	_cleanup_free_ char *path = path_of(name), *bytes = NULL, *damaged = NULL;
	uint64_t random = 0x2545f4914f6cdd1d;
	size_t n, round, n_opened = 0;
	double end = seconds_now() + 4;

	assert_int_equal(str_read_file(path, 64 << 20, &bytes, &n), 0);
	damaged = malloc(n);
	assert_non_null(damaged);
	assert_true(damaged_read(fd, bytes, n));
	for (round = 0; round < n_rounds && seconds_now() < end; round++) {
		size_t left = round % 8 ? n : random_next(&random) % n;

		memcpy(damaged, bytes, n);
		for (size_t flips = 1 + random_next(&random) % 4; flips > 0; flips--) {
			uint64_t kind = random_next(&random);
			uint8_t *byte = (uint8_t *)damaged + damage_place(bytes, n, &random);

			/* A bit, or the numbers that overflow. */
			if (kind % 3 == 0)
				*byte ^= (uint8_t)(1 << (kind / 3 % 8));
			else
				*byte = kind % 3 == 1 ? 0xff : (uint8_t)(kind >> 32);
		}
		n_opened += damaged_read(fd, damaged, left);
	}
	/* Most damage is not in the few bytes that make a file be refused. */
	assert_true(round > 200);
	assert_true(n_opened > round / 4);
}

static void test_damaged(void **state)
{
	(void)state;
	damage_loop("library.so", 6000);
	damage_loop("program", 6000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_elf),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_other_class),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_shrinks),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
