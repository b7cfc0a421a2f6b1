/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks in the JSON report. */
#ifndef LT_REPORT_JSON_MARKS_H
#define LT_REPORT_JSON_MARKS_H

#include <jansson.h>

#include "model/result.h"

/* An array of all of them. */
json_t *json_marks(const struct result *result);

#endif
