/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of the running kernel, as text with a time in front of each line. */
#ifndef LT_OOM_KERNEL_LOG_H
#define LT_OOM_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/diag.h"

/*
 * Reads all that the kernel still has. *RET_STARTS_LATE: older lines have been overwritten. 0, or
 * a negative errno with a sentence in DIAG.
 */
int kernel_log_read(char **ret_text, size_t *ret_n, bool *ret_starts_late,
		    struct diag *diag) _must_check_;

/* Writes one record of /dev/kmsg as a line; *RET_SEQUENCE is its number. 0 or -EINVAL. */
int kernel_log_record(const char *record, FILE *to, unsigned long long *ret_sequence);

#endif
