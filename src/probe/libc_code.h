/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which functions of a static program are the C library's: elsewhere the file says so. Names that C
 * keeps for the implementation tell, and those of the functions that make system calls.
 */
#ifndef LT_PROBE_LIBC_CODE_H
#define LT_PROBE_LIBC_CODE_H

#include "model/modules.h"
#include "probe/elf_file.h"

/*
 * Sets module->library for the static program FILE; all other files, and programs without
 * symbols, have none. Returns 0 or -ENOMEM.
 */
int libc_code_find(struct elf_file *file, struct module *module) _must_check_;

#endif
