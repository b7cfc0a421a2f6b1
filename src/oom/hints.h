/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines that tell how else a process ended, for the answer "no, it was not the OOM killer". */
#ifndef LT_OOM_HINTS_H
#define LT_OOM_HINTS_H

#include "model/oom.h"

/* Notes LINE, with all its prefixes, if it is a hint. 0 or -ENOMEM. */
int oom_hints_read(struct oom_log *log, const char *line);

#endif
