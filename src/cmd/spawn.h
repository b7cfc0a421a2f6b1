/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts the command held back: the child waits before exec until the probes are in. Nothing
 * of the child differs from a start without leaktrace: streams, terminal, process group,
 * signals, limits, environment and directory are the caller's.
 */
#ifndef LT_CMD_SPAWN_H
#define LT_CMD_SPAWN_H

#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/descriptors.h"
#include "cmd/user.h"
#include "cmd/wait.h"

struct spawn {
	struct rlimit limit; /* of descriptors: what the command shall have */
	pid_t pid;
	int release_fd; /* closing it lets the child go */
	int error_fd;	/* gives the errno of a failed exec, or ends at a successful one */
};

/* Forks; the command has the signals that it had before WAIT was opened. USER may be NULL. */
int spawn_start(struct spawn *spawn, char **command, const struct user *user,
		const struct wait *wait, struct diag *diag) _must_check_;

/* Lets the command run. Returns 0 when exec has succeeded, else its negative errno. */
int spawn_release(struct spawn *spawn) _must_check_;

/*
 * Whether the command has ended (1, and how in *RET_STATUS, as wait(2) says it) or runs on (0). A
 * stop that another thread of leaktrace waits for is left to that thread.
 */
int spawn_poll(const struct spawn *spawn, int *ret_status);

/* Ends a child that was never released, and what else START has made. */
void spawn_done(struct spawn *spawn);

/* Becomes the command: for a run without tracing. Returns only when that failed. */
int spawn_replace(char **command, const struct user *user) _must_check_;

/* The file that execvp() would run, fresh memory, or NULL. */
char *spawn_find_program(const char *name);

/* 126 or 127 for a failed exec, with the sentence in DIAG. */
int spawn_exec_status(int r, const char *name, struct diag *diag);

#endif
