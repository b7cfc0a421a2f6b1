/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that the kernel will map when a process calls exec, found before it does: a program,
 * or the interpreter of a script, and the loader that it asks for. Paths are the process's own.
 */
#ifndef LT_CMD_START_H
#define LT_CMD_START_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct start_file {
	int fd; /* -1: there is none */
	char *path;
};

struct start {
	struct start_file program;
	struct start_file loader;
};

/*
 * What PID would execute as PATH: 0 and *RET, or a negative errno: there is no such program, or it
 * cannot be told.
 */
int start_find(pid_t pid, const char *path, struct start *ret) _must_check_;

/* The same for PID that waits before an exec of the path at ADDRESS in it. */
int start_find_at(pid_t pid, uint64_t address, struct start *ret) _must_check_;
void start_done(struct start *start);

#endif
