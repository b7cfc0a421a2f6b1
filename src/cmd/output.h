/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the reports where the user wants them, in files that belong to that user. */
#ifndef LT_CMD_OUTPUT_H
#define LT_CMD_OUTPUT_H

#include <stdio.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/result.h"
#include "report/report.h"

/* Fails early if the files of the configuration cannot be written. */
int output_check(const struct config *config, struct diag *diag) _must_check_;

/* Text to TEXT unless --quiet, and the other formats to their files. */
int output_write(const struct config *config, const struct result *result, FILE *text,
		 struct diag *diag) _must_check_;

/* The same for what is no result. WRITE knows FORMAT_TEXT and the formats that config names. */
typedef int (*output_writer)(const void *what, enum format format,
			     const struct report_options *options, FILE *to);

int output_write_with(const struct config *config, output_writer write, const void *what,
		      FILE *text, struct diag *diag) _must_check_;

/* The text alone. */
int output_write_text(const struct config *config, output_writer write, const void *what,
		      FILE *text, struct diag *diag) _must_check_;

#endif
