/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A function that a library hides, found by what it calls: some frameworks run their tests in one
 * that has no symbol.
 */
#ifndef LT_PROBE_CALLERS_H
#define LT_PROBE_CALLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/elf_functions.h"

/*
 * Where in FILE the first function begins that calls CALLEE, a function of another library; false
 * if none is found.
 */
bool callers_find(struct elf_file *file, const char *callee, uint64_t *ret_offset);

#endif
