/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes that must be there before a program runs: on what this machine's programs use, before any
 * of them starts, and on what one of them brings along, while it waits.
 */
#ifndef LT_CMD_EARLY_H
#define LT_CMD_EARLY_H

#include "cmd/files.h"

struct early {
	struct files *files;
	struct diag *late; /* for what fails while programs wait */
};

/*
 * Probes the C library that leaktrace itself uses, those that are their own loaders (musl), PROGRAM
 * (NULL: none) if it has an allocator of its own, and the loader that it asks for.
 */
int early_probe_system(struct files *files, const char *program, struct diag *diag) _must_check_;

/*
 * Lets programs wait, from now on, before they run: each in its loader and, since that may be
 * another than this machine's, before the exec. What fails is told in DIAG: probes may come late.
 */
void early_hold(struct files *files, struct diag *diag);

/* A callback, EARLY is a struct early: PID waits in its loader; looks at all that it has mapped. */
void early_loaded(void *early, pid_t pid);

/*
 * Another one: PID is about to execute the path at PATH in it. Looks at the loader of that program,
 * or at a program that has none. True if the next one need not wait here, but in its loader.
 */
bool early_starts(void *early, pid_t pid, uint64_t path);

/* The path of the C library that leaktrace itself uses, links resolved; fresh memory or NULL. */
char *early_libc(void);

#endif
