/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room for leaktrace's own descriptors: probes, kernel maps and the files that processes map need
 * more than the limit that a user may have set for the command.
 */
#ifndef LT_CMD_DESCRIPTORS_H
#define LT_CMD_DESCRIPTORS_H

#include <sys/resource.h>

/* Raises the limit as far as that is of use and allowed. What it was is for the command. */
struct rlimit descriptors_raise(void);
void descriptors_restore(const struct rlimit *limit);

#endif
