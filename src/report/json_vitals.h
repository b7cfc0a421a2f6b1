/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of a process in JSON that say how it went over time. Part of json.c. */
#ifndef LT_REPORT_JSON_VITALS_H
#define LT_REPORT_JSON_VITALS_H

#include <jansson.h>

#include "model/result.h"

/* Peak and change of each number; null if the process was never looked at. */
json_t *json_vitals(const struct samples *samples);

/* The most memory that it held, and how well that is known; null if nobody has looked. */
json_t *json_peak(const struct result *result, const struct process *process);

json_t *json_samples(const struct result *result, const struct samples *samples);

#endif
