/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a descriptor refers to, in words: the path of a file, the addresses of a socket, the other
 * end of a pipe. From what the programs have read of the kernel's structs.
 */
#ifndef LT_COLLECT_FD_TARGET_H
#define LT_COLLECT_FD_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "leaktrace/abi.h"

/* Whether another process may hold the other end: a pipe, a connected socket. */
bool fd_target_has_peer(const struct lt_file *file);

/* Whether OTHER is the other end of FILE, if they are not one and the same. */
bool fd_target_is_peer(const struct lt_file *file, const struct lt_file *other);

/*
 * The text for FILE, whose name has N bytes as the programs have written them. PEER is who holds
 * the other end, NULL: nobody that is known. Fresh memory; NULL: there is none.
 */
char *fd_target_text(const struct lt_file *file, const char *name, size_t n, const char *peer);

/* "O_RDWR|O_CLOEXEC": fresh memory; NULL: there is none. */
char *fd_target_flags(const struct lt_file *file);

#endif
