/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames of one place while they are put together; owns its strings. */
#ifndef LT_SYMBOL_FRAMES_H
#define LT_SYMBOL_FRAMES_H

#include "base/vec.h"
#include "model/symbols.h"

struct frames {
	VEC(struct frame) list;
};

/* Frees the strings and forgets the frames; the array stays for the next place. */
void frames_clear(struct frames *frames);
void frames_done(struct frames *frames);

/*
 * Appends a frame with a demangled copy of the function and printable ones of file and directory
 * (any may be NULL); -ENOMEM leaves the list as it was.
 */
int frames_add(struct frames *frames, const struct frame *frame) _must_check_;

#endif
