/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user knows of in the JSON report: suppressions, and the baseline. */
#ifndef LT_REPORT_JSON_SUPPRESSIONS_H
#define LT_REPORT_JSON_SUPPRESSIONS_H

#include <jansson.h>

#include "model/result.h"

/* An array of all of them. */
json_t *json_suppressions(const struct suppressions *suppressions);

/* The one that keeps SITE from being a leak, as it is written in its file, or null. */
json_t *json_suppression_of(const struct result *result, const struct site *site);

/* What the baseline has kept from being a leak, or null. */
json_t *json_baseline(const struct baseline *baseline);

#endif
