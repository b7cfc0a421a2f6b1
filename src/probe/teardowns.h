/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that end by releasing the root of their memory, and nothing of what hangs on it: what
 * they have lost can be seen before that function only.
 */
#ifndef LT_PROBE_TEARDOWNS_H
#define LT_PROBE_TEARDOWNS_H

#include <stdbool.h>

#include "probe/elf_functions.h"
#include "probe/session.h"

/* Returns 1 and *RET, or 0 if FILE, which processes call PATH, has no such function. */
int teardown_find(struct elf_file *file, const char *path, struct probe_point *ret);

/* Whether the program at PATH ends after it has called one. Others, which only use it, go on. */
bool teardown_ends(const char *path);

#endif
