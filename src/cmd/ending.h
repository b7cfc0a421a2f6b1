/* SPDX-License-Identifier: BSD-2-Clause */
/* Where processes end: they wait there until their memory has been looked through. */
#ifndef LT_CMD_ENDING_H
#define LT_CMD_ENDING_H

#include <stdbool.h>

#include "base/diag.h"
#include "probe/elf_file.h"
#include "probe/session.h"

/*
 * Puts probes on the functions of ELF by which processes end, and on one that releases the root of
 * their memory just before. The file is open as LINK, and PATH to people. What fails is told in
 * DIAG: the memory of these processes has no verdict then. False: it has none of these functions.
 */
bool ending_attach(struct session *session, struct elf_file *elf, const char *link,
		   const char *path, struct diag *diag);

#endif
