// SPDX-License-Identifier: BSD-2-Clause
/* The table of formats: a new format is one file, one line here and one line in report.h. */
#include "report/report.h"

#include <string.h>

static const struct report_format report_formats[] = {
	{ "text", report_text },
	{ "json", report_json },
};

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(report_formats) / sizeof(report_formats[0]); i++) {
		if (strcmp(report_formats[i].name, name) == 0)
			return &report_formats[i];
	}
	return NULL;
}
