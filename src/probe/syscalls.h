/* SPDX-License-Identifier: BSD-2-Clause */
/* Which system calls the programs look at, for what is to be traced. */
#ifndef LT_PROBE_SYSCALLS_H
#define LT_PROBE_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "leaktrace/abi.h"

/*
 * Fills in the family of each system call (LT_FAMILY_NONE: not looked at), and what it does to
 * descriptors (enum lt_fd_call). KINDS has a bit per enum resource_kind; WRITES: what
 * test runners write is wanted. Returns whether there is any.
 */
bool syscalls_choose(uint32_t kinds, bool writes, uint8_t families[LT_MAX_SYSCALLS],
		     uint8_t fd_calls_chosen[LT_MAX_SYSCALLS]);

#endif
