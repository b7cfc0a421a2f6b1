/* SPDX-License-Identifier: BSD-2-Clause */
/* Which system calls the programs look at, for what is to be traced. */
#ifndef LT_PROBE_SYSCALLS_H
#define LT_PROBE_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "leaktrace/abi.h"

/* What is chosen, by number. */
struct syscall_choice {
	uint8_t *families;	 /* enum lt_family, LT_FAMILY_NONE: not looked at */
	uint8_t *fd_calls;	 /* enum lt_fd_call */
	uint8_t *path_arguments; /* 1 + which one is a path that may be a message about tests */
};

/*
 * Fills in arrays of LT_MAX_SYSCALLS. KINDS has a bit per enum resource_kind; TESTS: messages about
 * tests are wanted. Returns whether any call is to be looked at.
 */
bool syscalls_choose(uint32_t kinds, bool tests, const struct syscall_choice *choice);

#endif
