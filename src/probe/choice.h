/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes are traced, out of all of the machine: what the user says, for the programs. */
#ifndef LT_PROBE_CHOICE_H
#define LT_PROBE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "leaktrace/choice_abi.h"

/* What all of it says must hold. */
struct choice_request {
	const char *include; /* patterns of names, with commas between; NULL: any */
	const char *exclude; /* NULL: none */
	bool has_uid;
	uid_t uid;
	uint32_t mount_ns; /* inode number; 0: any */
	uint32_t pid_ns;
	uint64_t cgroup;    /* inode number of the folder; 0: any */
	uint32_t hierarchy; /* that the folder is in: 0 is version 2 */
	pid_t self;	    /* never */
};

/* -EINVAL, with a sentence in DIAG, if the patterns are too long or not closed. */
int choice_compile(const struct choice_request *request, struct lt_choice *ret,
		   struct diag *diag) _must_check_;

/* True if the patterns let a process of this name (that of /proc/PID/comm) be traced. */
bool choice_name_matches(const struct lt_choice *choice, const char *name);

#endif
