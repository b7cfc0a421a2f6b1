/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of files as another process calls them. After chroot() procfs gives those that its reader
 * would use, while the kernel's events have those of the process.
 */
#ifndef LT_BASE_ROOTED_H
#define LT_BASE_ROOTED_H

#include <sys/types.h>

#include "base/cleanup.h"

/* The root of PID for rooted_path(): fresh memory, or NULL if it has the usual one. */
char *rooted_root(pid_t pid);

/* What a process with this root (NULL: the usual one) calls PATH; a part of PATH. */
const char *rooted_path(const char *root, const char *path);

#endif
