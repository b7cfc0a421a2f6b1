/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of "leaktrace diff": what changed between two runs. */
#ifndef LT_REPORT_DIFF_H
#define LT_REPORT_DIFF_H

#include <stdio.h>

#include "base/cleanup.h"
#include "model/diff.h"
#include "report/report.h"

/* Both return as report_writer does. */
int report_diff_text(const struct diff *diff, const struct report_options *options,
		     FILE *to) _must_check_;
int report_diff_json(const struct diff *diff, FILE *to) _must_check_;

#endif
