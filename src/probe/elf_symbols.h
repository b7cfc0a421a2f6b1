/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the full symbol table of a file is, which most files that are installed have not got. */
#ifndef LT_PROBE_ELF_SYMBOLS_H
#define LT_PROBE_ELF_SYMBOLS_H

#include "probe/elf_file.h"

/*
 * The image whose SHT_SYMTAB names the functions of FILE by their addresses: the file itself, what
 * is packed in its .gnu_debugdata, or its separate debug file, if elf_file_set_path() was called.
 * NULL if there is none. Valid until elf_file_close().
 */
Elf *elf_file_symbols(struct elf_file *file);

#endif
