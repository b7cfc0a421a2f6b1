/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where leaktrace sleeps: events of the tracer, and signals as descriptors. */
#ifndef LT_CMD_WAIT_H
#define LT_CMD_WAIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct wait;

/* Blocks SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD and SIGUSR1: wait_next() reports them. */
int wait_open(struct wait **ret_wait, struct diag *diag) _must_check_;
/* Gives the signals their old meaning back, but for SIGPIPE. */
void wait_close(struct wait *wait);

int wait_epoll_fd(const struct wait *wait);

/* A reader that is gone is an error of the write to it, and not the end of leaktrace. */
void wait_ignore_pipe(struct wait *wait);

/* Signals as they were before wait_open(): for a child that becomes the command. */
void wait_undo(const struct wait *wait);

struct wait_signal {
	int number;
	bool from_kernel; /* by the terminal, for instance, which tells the command itself */
};

/*
 * Sleeps until something happens or TIMEOUT_MS have passed. Returns true if a signal came,
 * which is then in *RET.
 */
bool wait_next(struct wait *wait, int timeout_ms, struct wait_signal *ret);

/* The same for signals alone: nobody reads what else there is. */
bool wait_signal(struct wait *wait, int timeout_ms, struct wait_signal *ret);

#endif
