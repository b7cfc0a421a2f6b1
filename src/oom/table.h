/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's table of processes in an OOM report, in the forms of all kernels. */
#ifndef LT_OOM_TABLE_H
#define LT_OOM_TABLE_H

#include "model/oom.h"

enum { OOM_TABLE_MAX_COLUMNS = 16 };

/* The columns between "[ pid ]" and "name". */
struct oom_table {
	int n;
	unsigned char columns[OOM_TABLE_MAX_COLUMNS];
};

/* Is TEXT the line of the column names? Then *RET has them. */
bool oom_table_head(const char *text, struct oom_table *ret);

/*
 * Reads a line of the table into RET, sizes in pages. TABLE->n == 0: the line of the column names
 * is not in the log, and they are told by how many there are. 1: read; 0: no such line, or a
 * damaged one (then *RET_CUT is true); -ENOMEM.
 */
int oom_table_row(const struct oom_table *table, const char *text, struct oom_task *ret,
		  bool *ret_cut);

/* Are page tables given as bytes (since 4.15) and not as numbers of pages? */
bool oom_table_has_bytes(const struct oom_table *table);

#endif
