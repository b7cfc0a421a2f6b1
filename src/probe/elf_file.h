/* SPDX-License-Identifier: BSD-2-Clause */
/* An open ELF file: where its code is, and what it is called. */
#ifndef LT_PROBE_ELF_FILE_H
#define LT_PROBE_ELF_FILE_H

#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* For the files of this folder that read it; others go by the functions. */
struct elf_file {
	int fd;
	uint64_t n_bytes;
	Elf *elf;
	VEC(GElf_Phdr) segments;
	VEC(uint8_t *) codes; /* what the code members of functions point to */
	char *soname;	      /* NULL until it was asked for */
	char *root, *path;    /* see elf_file_set_path() */
	bool symbols_sought;  /* see elf_symbols.h, also for the next three */
	struct elf_file *debug_file;
	char *packed; /* what .gnu_debugdata unpacks to */
	Elf *packed_elf;
	bool starts_read;
	VEC(uint64_t) starts; /* see elf_file_starts_function() */
};

/* Opens the ELF file behind FD (which stays the caller's). -ENOEXEC: not ELF, or damaged. */
int elf_file_open(int fd, struct elf_file **ret_file) _must_check_;
void elf_file_close(struct elf_file *file);
DEFINE_GUARD(struct elf_file, elf_file_close)

/*
 * Says that the file is PATH to what runs below ROOT ("" or "/proc/PID/root"), so that its debug
 * file can be found when it has no full symbol table. 0 or -ENOMEM.
 */
int elf_file_set_path(struct elf_file *file, const char *root, const char *path) _must_check_;

/*
 * Where the byte at ADDRESS is in the file, and how many bytes follow it there; false if no
 * segment with these FLAGS (PF_X, ...) has it.
 */
bool elf_file_offset(const struct elf_file *file, uint64_t address, uint32_t flags,
		     uint64_t *ret_offset, uint64_t *ret_n);

/* Where the code at OFFSET of the file is in memory; false if that is no code. */
bool elf_file_address(const struct elf_file *file, uint64_t offset, uint64_t *ret_address);

/* Copies up to N bytes of executable code at OFFSET of the file; returns how many. */
size_t elf_file_code(const struct elf_file *file, uint64_t offset, uint8_t *to, size_t n);

/*
 * Where functions, or parts of them that the compiler has put elsewhere, begin in the file, by the
 * unwind information; in order. Returns how many.
 */
size_t elf_file_starts(struct elf_file *file, const uint64_t **ret_offsets);

/*
 * True if the unwind information says that a function, or a part of one that the compiler has put
 * elsewhere, begins at OFFSET of the file.
 */
bool elf_file_starts_function(struct elf_file *file, uint64_t offset);

/* -ENOEXEC if the header is none that libelf should be trusted with, or of another machine. */
int elf_file_check_header(const Elf64_Ehdr *header) _must_check_;

/* What the section of that name has; NULL if there is none, or if it is more than MAX_BYTES. */
const Elf_Data *elf_file_section(struct elf_file *file, const char *name, size_t max_bytes);

/* The NT_GNU_BUILD_ID note; returns its length, at most TO_BYTES, 0 when there is none. */
size_t elf_file_build_id(struct elf_file *file, uint8_t *to, size_t to_bytes);

/* DT_SONAME, or NULL. Valid until elf_file_close(). */
const char *elf_file_soname(struct elf_file *file);

/* The loader that a program asks for: fresh memory, or NULL if it asks for none. */
char *elf_file_interpreter(const struct elf_file *file);

/* True for a static program, one that can be anywhere in memory too. */
bool elf_file_is_static(struct elf_file *file);

#endif
