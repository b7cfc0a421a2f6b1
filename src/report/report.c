// SPDX-License-Identifier: BSD-2-Clause
/* The table of formats: see report.h. */
#include "report/report.h"

#include <string.h>

static const struct report_format report_formats[_FORMAT_MAX] = {
	[FORMAT_TEXT] = { "text", 0, report_text },
#define FORMAT_AS(id, name, option, flags, help) [FORMAT_##id] = { option, flags, report_##name },
#define FORMAT(id, name, flags, help)		 FORMAT_AS(id, name, #name, flags, help)
#include "report/formats.def"
#undef FORMAT
};

const struct report_format *report_format_get(enum format format)
{
	return &report_formats[format];
}

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < _FORMAT_MAX; i++) {
		if (strcmp(report_formats[i].name, name) == 0)
			return &report_formats[i];
	}
	return NULL;
}
