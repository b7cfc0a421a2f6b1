/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of "leaktrace oom --explain": what a kernel log says about the OOM killer. */
#ifndef LT_REPORT_OOM_H
#define LT_REPORT_OOM_H

#include <stdio.h>

#include "base/cleanup.h"
#include "model/oom.h"
#include "report/report.h"

/* NAME is the file, for the headline. Returns as report_writer does. */
int report_oom_text(const struct oom_log *log, const char *name,
		    const struct report_options *options, FILE *to) _must_check_;
int report_oom_json(const struct oom_log *log, const char *name, FILE *to) _must_check_;

#endif
