/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be told of an event only when all of its lines have been read. */
#ifndef LT_OOM_FINISH_H
#define LT_OOM_FINISH_H

#include "oom/counters.h"
#include "oom/table.h"

/* Makes pages into bytes, and sets memory, scope and victim as far as lines say. 0 or -ENOMEM. */
int oom_finish(struct oom_event *event, const struct oom_table *table,
	       const struct oom_counters *counters);

#endif
