/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that wait, before they run, for probes on what they have loaded: see struct lt_load. */
#ifndef LT_COLLECT_LOADS_H
#define LT_COLLECT_LOADS_H

#include <stddef.h>
#include <sys/types.h>

#include "leaktrace/abi.h"

struct loads {
	int seen_fd;
	struct lt_space *spaces;
	/* PID waits, and goes on when this returns. */
	void (*loaded)(void *data, pid_t pid);
	void *data;
};

/* Sees to one that waits: a callback of the ring buffer lt_loads, LOADS is a struct loads. */
int loads_event(void *loads, void *bytes, size_t n);

#endif
