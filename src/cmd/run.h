/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace [OPTIONS] -- COMMAND": from the command's first instruction to its last process. */
#ifndef LT_CMD_RUN_H
#define LT_CMD_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"

/* What else follows the run: the flight recorder. Negative results end the tracing. */
struct run_companion {
	void *data;
	/* Before anything runs: what wakes it up. */
	int (*watch)(void *data, int epoll_fd, struct diag *diag);
	/* The command is PID, which waits to be let go. */
	int (*started)(void *data, pid_t pid, struct diag *diag);
	/* Something may have happened; at the end, LAST. Returns in how many ms to call again. */
	int (*step)(void *data, bool last, struct diag *diag);
};

/* As cmd_run(); COMPANION may be NULL. */
int cmd_run_with(const struct config *config, const struct run_companion *companion,
		 struct diag *diag) _must_check_;

/* Returns the exit status of leaktrace. */
int cmd_run(const struct config *config, struct diag *diag) _must_check_;

#endif
