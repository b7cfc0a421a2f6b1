/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes beside a trace, of a command or of running processes: the flight recorder. */
#ifndef LT_CMD_COMPANION_H
#define LT_CMD_COMPANION_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"

struct tracer;

/* Negative results end the tracing. */
struct companion {
	void *data;
	/* The trace that it goes beside, which it may ask. */
	void (*beside)(void *data, struct tracer *tracer);
	/* What wakes it up. */
	int (*watch)(void *data, int epoll_fd, struct diag *diag);
	/* PID is traced: the command, which waits to be let go, or a process that runs. */
	int (*started)(void *data, pid_t pid, struct diag *diag);
	/* Something may have happened; at the end, LAST. Returns in how many ms to call again. */
	int (*step)(void *data, bool last, struct diag *diag);
};

#endif
