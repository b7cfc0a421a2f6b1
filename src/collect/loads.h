/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that wait, before they run, for probes on what they are made of: see struct lt_load. */
#ifndef LT_COLLECT_LOADS_H
#define LT_COLLECT_LOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "leaktrace/abi.h"

struct loads {
	int seen_fd;
	int starts_fd;
	struct lt_space *spaces;
	/* PID waits, and goes on when these return. */
	void (*loaded)(void *data, pid_t pid);
	/* It calls exec, of the path at PATH in it: true if that need not wait again. */
	bool (*starts)(void *data, pid_t pid, uint64_t path);
	void *data;
};

/* Sees to one that waits: a callback of the ring buffer lt_loads, LOADS is a struct loads. */
int loads_event(void *loads, void *bytes, size_t n);

#endif
