/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that say who is killed, and in what scope. */
#ifndef LT_OOM_KILL_H
#define LT_OOM_KILL_H

#include "model/oom.h"

/* AT: "oom-kill:constraint=...". 0 or -ENOMEM. */
int oom_kill_context(struct oom_event *event, const char *at);

/* AT, within TEXT: "Kill process 7 (a) score 17 or sacrifice child". 0 or -ENOMEM. */
int oom_kill_choice(struct oom_event *event, const char *text, const char *at);

/* AT, within TEXT: "Killed process 7 (a) total-vm:...". Adds a victim. 0 or -ENOMEM. */
int oom_kill_victim(struct oom_event *event, const char *text, const char *at);

#endif
