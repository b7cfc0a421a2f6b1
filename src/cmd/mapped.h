/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the files that processes map, while they map them. */
#ifndef LT_CMD_MAPPED_H
#define LT_CMD_MAPPED_H

#include <sys/types.h>

#include "base/cleanup.h"

/*
 * The very file that the process has mapped, even if it was deleted or replaced since; else what
 * has its name now, as the process sees it (it may live in another root) or as we do. -1: none.
 */
int mapped_file_open(pid_t pid, const char *path) _must_check_;

#endif
