/* SPDX-License-Identifier: BSD-2-Clause */
/* The renderers: one file per format behind one table. They read a result and write a stream. */
#ifndef LT_REPORT_REPORT_H
#define LT_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "model/result.h"

struct report_options {
	bool color;		/* ANSI colours (text only) */
	uint64_t top;		/* show this many call sites and processes, 0: all (text only) */
	struct fail_on fail_on; /* as for result_judge() */
	int error_exitcode;	/* what the exit status is when something leaked */
	uint32_t show;	/* folded classes to show: a bit per enum resource_class (text only) */
	bool strict;	/* an incomplete result has that exit status too */
	unsigned width; /* columns of the terminal, 0: not a terminal */
};

struct report_format {
	const char *name; /* "text", "json" */
	/* Writes one whole report. Returns 0, or -EIO when the stream failed, or -ENOMEM. */
	int (*write)(const struct result *result, const struct report_options *options, FILE *to);
};

/* The format with this name, or NULL. */
const struct report_format *report_format_find(const char *name);

int report_text(const struct result *result, const struct report_options *options,
		FILE *to) _must_check_;
int report_json(const struct result *result, const struct report_options *options,
		FILE *to) _must_check_;

/* Writes docs/OUTPUT.md, the description of the JSON report. Returns 0 or -EIO. */
int report_schema(FILE *to) _must_check_;

#endif
