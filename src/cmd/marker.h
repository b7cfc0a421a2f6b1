/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes the marks of a trace: those that "leaktrace mark" asks for, those of SIGUSR1 and, while a
 * command runs, those of --interval.
 */
#ifndef LT_CMD_MARKER_H
#define LT_CMD_MARKER_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "cmd/tracer.h"
#include "cmd/user.h"

struct marker;

/*
 * USER (NULL: nobody) may ask for marks, besides the one who runs leaktrace and root. EPOLL_FD is
 * what is waited for. Where there can be no socket, DIAG says so, and the others work.
 */
int marker_open(const struct config *config, struct tracer *tracer, const struct user *user,
		int epoll_fd, struct marker **ret_marker, struct diag *diag) _must_check_;
void marker_close(struct marker *marker);
DEFINE_GUARD(struct marker, marker_close)

/* Takes the marks that are due. Returns in how many ms to call again, at most MS, or -errno. */
int marker_step(struct marker *marker, int ms, struct diag *diag) _must_check_;

/* SIGUSR1 has come. */
int marker_signal(struct marker *marker, struct diag *diag) _must_check_;

#endif
