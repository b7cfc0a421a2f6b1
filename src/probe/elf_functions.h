/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of an ELF file by name, as file offsets: what a uprobe needs. */
#ifndef LT_PROBE_ELF_FUNCTIONS_H
#define LT_PROBE_ELF_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct elf_function {
	const char *name;    /* points to what the caller asked for */
	uint64_t offset;     /* in the file, of the first instruction; 0: not in the file */
	uint64_t size;	     /* of the function, 0: not known */
	const uint8_t *code; /* size bytes, valid until elf_file_close(); NULL: not known */
};

struct elf_file;

/* Opens the ELF file behind FD (which stays the caller's). -ENOEXEC: not ELF, or damaged. */
int elf_file_open(int fd, struct elf_file **ret_file) _must_check_;
void elf_file_close(struct elf_file *file);
DEFINE_GUARD(struct elf_file, elf_file_close)

/*
 * Looks up N functions by name: in the dynamic symbols, then, if WITH_SYMTAB, in the full symbol
 * table. Of several versions of a symbol the default one counts. Fills offset, size and code of
 * each; undefined, non-function and IFUNC symbols count as absent. Returns how many were found.
 */
size_t elf_file_functions(struct elf_file *file, bool with_symtab, struct elf_function *functions,
			  size_t n);

/* The NT_GNU_BUILD_ID note; returns its length, at most TO_BYTES, 0 when there is none. */
size_t elf_file_build_id(struct elf_file *file, uint8_t *to, size_t to_bytes);

/* DT_SONAME, or NULL. Valid until elf_file_close(). */
const char *elf_file_soname(struct elf_file *file);

/* True if the file has no PT_INTERP and no PT_DYNAMIC: a static program. */
bool elf_file_is_static(struct elf_file *file);

#endif
