/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions by which a process ends, in a C library or a static program. */
#ifndef LT_PROBE_EXITS_H
#define LT_PROBE_EXITS_H

#include <stddef.h>

#include "probe/elf_functions.h"
#include "probe/session.h"

enum { EXITS_MAX_POINTS = 2 };

struct exits {
	struct probe_point begins[EXITS_MAX_POINTS]; /* exit, quick_exit */
	size_t n_begins;
	struct probe_point holds[EXITS_MAX_POINTS]; /* _exit, _Exit */
	size_t n_holds;
};

/* Returns 1 and *RET, or 0 if FILE has no _exit. */
int exits_find(struct elf_file *file, struct exits *ret);

#endif
