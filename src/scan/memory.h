/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the memory of another process, in address order and in large portions: near the speed
 * of memory, however small the pieces are.
 */
#ifndef LT_SCAN_MEMORY_H
#define LT_SCAN_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* A piece of memory to read; ID is the caller's. */
struct memory_piece {
	uint64_t start; /* rounded up to a word, the end down */
	uint64_t end;
	uint32_t id;
};

struct memory_reader {
	pid_t pid;		     /* of any thread that lives */
	uint64_t deadline_ns;	     /* CLOCK_MONOTONIC */
	uint64_t n_unreadable_pages; /* counted here, and passed over */
	/* The next piece to read: 1 and *RET, or 0 after the last one. */
	int (*next)(void *data, struct memory_piece *ret);
	/* N words of the piece ID, which lie at ADDRESS; a negative result ends the reading. */
	int (*visit)(void *data, uint32_t id, uint64_t address, const uint64_t *words, size_t n);
	void *data;
};

/*
 * Reads all pieces. -ETIME: the deadline has passed; -ESRCH: the process is gone; -ENOMEM; or
 * what VISIT returned.
 */
int memory_read(struct memory_reader *reader) _must_check_;

#endif
