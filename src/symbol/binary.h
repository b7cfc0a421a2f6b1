/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One ELF file with its symbols and its debug information: file offset -> frames. Used by the
 * symbolizer, which decides which file it is and how many stay open.
 */
#ifndef LT_SYMBOL_BINARY_H
#define LT_SYMBOL_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "symbol/frames.h"

struct binary;
struct debugserver;

/*
 * Opens the file in FD, which is taken over in any case. PATH is its name, for the search for
 * its debug file, which goes on below the folder DEBUG_ROOT. -ENOEXEC if it is not a program or
 * shared library, -ENOMEM.
 */
int binary_open(int fd, const char *path, const char *debug_root,
		struct binary **ret_binary) _must_check_;
void binary_close(struct binary *binary);
DEFINE_GUARD(struct binary, binary_close)

/* Lets the search end at SERVER (or NULL), which must outlive BINARY; before the first look-up. */
void binary_use_server(struct binary *binary, struct debugserver *server);

/* True if the file has this build-id. */
bool binary_has_build_id(struct binary *binary, const uint8_t *build_id, size_t n);

/*
 * Look-ups are fast if those with the same number follow each other: they are in one compile
 * unit. Looks for symbols and debug information when it is first called. 0 or -ENOMEM.
 */
int binary_find_unit(struct binary *binary, uint64_t offset, size_t *ret_unit) _must_check_;

/*
 * Adds the frames of the code at OFFSET of the file, innermost first; none if nothing is known.
 * 0 or -ENOMEM.
 */
int binary_add_frames(struct binary *binary, uint64_t offset, struct frames *frames) _must_check_;

/* The same for a variable at OFFSET: its name, or "name+8" for a part of it. */
int binary_add_data(struct binary *binary, uint64_t offset, struct frames *frames) _must_check_;

/* To be called when no look-up follows for a while: frees memory that can be made again. */
void binary_rest(struct binary *binary);

#endif
