/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of source around those that a page names. */
#ifndef LT_REPORT_SOURCES_H
#define LT_REPORT_SOURCES_H

#include <stdio.h>

#include "report/page_sites.h"
#include "report/report.h"

/*
 * Writes them as JSON: {"files":[{"file","directory","newer","parts":[{"first","lines":[]}]}],
 * "left_out":N}. File and directory are those of the frames; newer: the file was changed after
 * the program was built; left_out: how many lines with source are not there, as it would be too
 * much. Returns as report_writer does; a file that cannot be read is none.
 */
int sources_write(const struct result *result, const struct page_sites *page,
		  const struct report_options *options, FILE *to) _must_check_;

#endif
