/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that wait in a probe for leaktrace: see LT_HOLD_MAX_NS in abi.h. To be read by one
 * thread that has nothing else to wait for.
 */
#ifndef LT_COLLECT_HOLDS_H
#define LT_COLLECT_HOLDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

enum { HELD_REGISTERS = 6 };

/* A process that is about to end. */
struct held {
	bool tears_down; /* it first releases what leads to its memory */
	uint32_t space;
	pid_t pid;
	pid_t tid;
	uint64_t sp; /* when the thread called exit() or its like */
	uint64_t registers[HELD_REGISTERS];
};

struct holds;

/* HOLDS_FD and SPACES_FD are maps of the session. */
int holds_open(int holds_fd, int spaces_fd, struct holds **ret_holds,
	       struct diag *diag) _must_check_;
void holds_close(struct holds *holds);
DEFINE_GUARD(struct holds, holds_close)

/* Readable when a process waits. */
int holds_fd(const struct holds *holds);

/* Calls HELD for each process that has come to wait since the last call. */
void holds_read(struct holds *holds, void (*held)(void *data, const struct held *held), void *data);

/* The process goes on. */
void holds_release(struct holds *holds, uint32_t space);

#endif
