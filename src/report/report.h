/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The renderers: one file per format behind one table, formats.def. They read a result and write
 * a stream.
 */
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
	uint32_t show;	  /* folded classes to show: a bit per enum resource_class (text only) */
	bool strict;	  /* an incomplete result has that exit status too */
	const char *tree; /* folder of the project, for names of source files; NULL: not known */
	unsigned width;	  /* columns of the terminal, 0: not a terminal */
	/*
	 * Opens a file for reading with the rights of the user, a descriptor or -1: lines of source
	 * are shown (HTML only). NULL: none are.
	 */
	int (*open_file)(const char *path);
};

enum format {
	FORMAT_TEXT, /* what a person reads: the only one that is no file */
#define FORMAT(id, name, flags, help) FORMAT_##id,
#include "report/formats.def"
#undef FORMAT
	_FORMAT_MAX,
};

/* How a format is written. */
enum report_flag {
	REPORT_OF_LOGS = 1 << 0,   /* what "oom --explain" found can be written so too */
	REPORT_BINARY = 1 << 1,	   /* nothing for a terminal */
	REPORT_AT_ONCE = 1 << 2,   /* the file is replaced: a reader never sees half of it */
	REPORT_LAST_ONLY = 1 << 3, /* of several reports in a row, only the last */
	REPORT_NO_FILE = 1 << 4,   /* always to standard output: its option has no value */
	REPORT_GZIP = 1 << 5,	   /* compressed already, whatever its name */
};

/* Writes one whole report. Returns 0, -ENOMEM, or why the stream failed: -EIO if that is lost. */
typedef int (*report_writer)(const struct result *result, const struct report_options *options,
			     FILE *to);

struct report_format {
	const char *name; /* "json", also that of its option */
	unsigned flags;	  /* a bit per enum report_flag */
	report_writer write;
};

const struct report_format *report_format_get(enum format format);

/* The format with this name, or NULL. */
const struct report_format *report_format_find(const char *name);

int report_text(const struct result *result, const struct report_options *options,
		FILE *to) _must_check_;
#define FORMAT(id, name, flags, help)                                                              \
	int report_##name(const struct result *result, const struct report_options *options,       \
			  FILE *to) _must_check_;
#include "report/formats.def"
#undef FORMAT

/* Writes docs/OUTPUT.md, the description of the JSON report. Returns 0, or why not. */
int report_schema(FILE *to) _must_check_;

#endif
