/* SPDX-License-Identifier: BSD-2-Clause */
/* What the JSON of a kernel log and that of the flight recorder both say of an OOM kill. */
#ifndef LT_REPORT_JSON_OOM_H
#define LT_REPORT_JSON_OOM_H

#include "model/oom.h"
#include "report/json_value.h"

/* A number of what is told of an OOM kill, where OOM_UNKNOWN is null. */
json_t *json_oom_number(uint64_t value);

/* Sets the members about what the victim held, and how likely a victim it was. Not 0: no memory. */
int json_oom_set_victim(json_t *object, const struct oom_victim *victim);

#endif
