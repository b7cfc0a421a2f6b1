/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a function returns: the places of its return instructions. A probe there sees the result
 * without a changed return address on the stack, which an exception that passes through would
 * not survive (and which a program that looks at its own stack would see).
 */
#ifndef LT_PROBE_RETURNS_H
#define LT_PROBE_RETURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct returns_request {
	/* Copies up to N bytes of executable code at OFFSET of the file; returns how many. */
	size_t (*read)(void *data, uint64_t offset, uint8_t *to, size_t n);
	/*
	 * Where a jump goes through the pointer that is DISTANCE from the code at OFFSET: 1 and
	 * *RET_TARGET in the file, 0 to a function that is no part of this one, or -ENOTSUP.
	 */
	int (*follow)(void *data, uint64_t offset, int64_t distance, uint64_t *ret_target);
	/* True if a function is known to begin at OFFSET. */
	bool (*begins)(void *data, uint64_t offset);
	void *data;
	uint64_t offset; /* of the function */
	uint64_t size;	 /* 0: not known */
};

struct returns {
	VEC(uint64_t) offsets; /* in the file */
};

void returns_done(struct returns *returns);

/*
 * Follows every way through the function, jumps into other functions included (those return to
 * its caller in its place). Returns 0 and *RET, which is the caller's then; -ENOTSUP if the code
 * has a jump to a computed place or cannot be decoded; -ENOMEM.
 */
int returns_find(const struct returns_request *request, struct returns *ret) _must_check_;

#endif
