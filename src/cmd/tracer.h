/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wiring that run and attach share: probes on one side, the collector on the other, the
 * files that processes map in between, symbols and reports at the end.
 */
#ifndef LT_CMD_TRACER_H
#define LT_CMD_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/config.h"
#include "model/result.h"

struct lt_choice;
struct tracer;

/*
 * MODE_RUN follows children, MODE_ATTACH does if the user asks for it. MODE_SYSTEM does, and
 * CHOICE says which other programs are traced when they start; it is NULL else.
 */
int tracer_open(enum mode mode, const struct config *config, const struct lt_choice *choice,
		struct tracer **ret_tracer, struct diag *diag) _must_check_;
void tracer_close(struct tracer *tracer);
DEFINE_GUARD(struct tracer, tracer_close)

/*
 * Puts probes on the C library and the other allocators that this machine has where programs
 * look for them, and on those inside PROGRAM (a path or NULL), before anything runs.
 */
int tracer_attach_system(struct tracer *tracer, const char *program,
			 struct diag *diag) _must_check_;

/* PID, which waits to be let go, is traced from its next exec on. */
int tracer_arm(struct tracer *tracer, pid_t pid, struct diag *diag) _must_check_;

/* PID, which runs, is traced from now on. */
int tracer_attach_process(struct tracer *tracer, pid_t pid, struct diag *diag) _must_check_;

bool tracer_traces(const struct tracer *tracer, pid_t pid);

/* The same in MODE_SYSTEM. Returns 1, or 0 if the process is gone or traced by now. */
int tracer_attach_present(struct tracer *tracer, pid_t pid, struct diag *diag) _must_check_;

/* Adds what wakes the tracer up to an epoll instance. */
int tracer_watch(struct tracer *tracer, int epoll_fd, struct diag *diag) _must_check_;

/*
 * Handles what has happened. Returns in how many ms it wants to be called again at the latest,
 * or a negative errno.
 */
int tracer_step(struct tracer *tracer, struct diag *diag) _must_check_;

/* Reads what has happened up to now, the last moment included. */
int tracer_settle(struct tracer *tracer, struct diag *diag) _must_check_;

/* Reads all that is left, for the end. */
int tracer_finish(struct tracer *tracer, struct diag *diag) _must_check_;

size_t tracer_n_live(const struct tracer *tracer);

/* Adds a note to the result for each process that is still running. */
void tracer_note_running(struct tracer *tracer);

struct result *tracer_result(struct tracer *tracer);

/*
 * A mark of this moment; CALLER, who asks for it (0: nobody), is no part of it. 0, -ENOSPC if there
 * is no room for another one, or a negative errno with a sentence.
 */
int tracer_mark(struct tracer *tracer, const char *name, bool is_automatic, pid_t caller,
		struct diag *diag) _must_check_;

/*
 * Brings the result up to date, judges it, finds the symbols and writes the report: text to
 * TEXT, JSON where the configuration says. Returns the status that leaktrace ends with if the
 * command ended with 0 (or was not run), or a negative errno.
 */
int tracer_report(struct tracer *tracer, FILE *text, struct diag *diag) _must_check_;

#endif
