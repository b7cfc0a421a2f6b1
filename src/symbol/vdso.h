/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's vdso as a file: it has symbols, but only exists in memory. */
#ifndef LT_SYMBOL_VDSO_H
#define LT_SYMBOL_VDSO_H

#include "base/cleanup.h"

/*
 * A descriptor of a copy of our own vdso, which all processes of this kernel share. -ENOENT if
 * there is none.
 */
int vdso_open(void) _must_check_;

#endif
