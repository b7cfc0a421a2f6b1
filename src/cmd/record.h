/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flight recorder's wiring: its programs on one side, what they tell of processes, stacks and
 * symbols, and the reports that are kept on the other.
 */
#ifndef LT_CMD_RECORD_H
#define LT_CMD_RECORD_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

struct record;
struct tracer;

/* Reports go to TEXT and to the directory of the configuration. */
int record_open(const struct config *config, FILE *text, struct record **ret_record,
		struct diag *diag) _must_check_;
void record_close(struct record *record);
DEFINE_GUARD(struct record, record_close)

/* Asks the trace which tests run. It has to be there for as long as record_step() is called. */
void record_beside(struct record *record, struct tracer *tracer);

/* Watches PID, and what it starts. FRESH: it has no memory of its own yet. */
int record_want(struct record *record, pid_t pid, bool fresh, struct diag *diag) _must_check_;

/*
 * Runs before others from now on: what a process maps has to be read while it lives. To be called
 * when what must not inherit that has been started; what is started later is the recorder's own.
 */
int record_hurry(struct record *record, struct diag *diag) _must_check_;

/* Adds what wakes it up to an epoll instance. */
int record_watch(struct record *record, int epoll_fd, struct diag *diag) _must_check_;

/* As flight_poll(). */
int record_step(struct record *record, bool flush, struct diag *diag) _must_check_;

#endif
