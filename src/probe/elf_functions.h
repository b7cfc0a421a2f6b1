/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of an ELF file by name, as file offsets: what a uprobe needs. */
#ifndef LT_PROBE_ELF_FUNCTIONS_H
#define LT_PROBE_ELF_FUNCTIONS_H

#include "probe/elf_file.h"

struct elf_function {
	const char *name;    /* points to what the caller asked for */
	uint64_t offset;     /* in the file, of the first instruction; 0: not in the file */
	uint64_t size;	     /* of the function, 0: not known */
	const uint8_t *code; /* size bytes, valid until elf_file_close(); NULL: not known */
};

/*
 * Looks up N functions by name: in the dynamic symbols, then, if WITH_SYMTAB, in the full symbol
 * table (see elf_symbols.h). Of several versions of a symbol the default one counts. Fills offset,
 * size and code of each; undefined, non-function and IFUNC symbols count as absent. Returns how
 * many were found.
 */
size_t elf_file_functions(struct elf_file *file, bool with_symtab, struct elf_function *functions,
			  size_t n);

/*
 * Calls VISIT for each function of the full symbol table that has a size, under each of its names;
 * a negative result ends the walk and is returned. The code is not read.
 */
int elf_file_each_function(struct elf_file *file,
			   int (*visit)(void *data, const struct elf_function *function),
			   void *data) _must_check_;

/*
 * Looks for a symbol that is SUFFIX behind a prefix, in the same tables; the prefix is fresh
 * memory, NULL if there is none.
 */
char *elf_file_prefix_of(struct elf_file *file, bool with_symtab, const char *suffix);

/*
 * The function that the pointer, DISTANCE bytes from the code at OFFSET of the file, will point
 * to: 1 and *RET_OFFSET if it is in this file, 0 and *RET_NAME if it is in another (valid until
 * elf_file_close()), -ENOENT.
 */
int elf_file_pointer(struct elf_file *file, uint64_t offset, int64_t distance, uint64_t *ret_offset,
		     const char **ret_name) _must_check_;

/* Where the variable NAME of the dynamic symbols is in memory; false if it is not in this file. */
bool elf_file_variable(struct elf_file *file, const char *name, uint64_t *ret_address);

/* Where in memory, from where the file begins, the pointer to a symbol will be; false: nowhere. */
bool elf_file_slot(struct elf_file *file, const char *name, uint64_t *ret_address);

#endif
