/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a stopped process can keep pointers apart from the blocks it has allocated: data of
 * files, memory it mapped, stacks and registers of its threads. Memory that belongs to the
 * allocator is left out: what was freed there may still hold old pointers.
 */
#ifndef LT_SCAN_ROOTS_H
#define LT_SCAN_ROOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "scan/freeze.h"
#include "scan/mark.h"
#include "scan/owned.h"

enum { EXIT_REGISTERS = 6 };

/* The thread that ends the process, as it was when it called exit() or its like. */
struct exit_thread {
	pid_t tid;			    /* 0: none does */
	uint64_t sp;			    /* what lies below is of no use to anyone any more */
	uint64_t registers[EXIT_REGISTERS]; /* preserved by calls: rbx, rbp, r12 to r15 */
};

struct roots_request {
	const struct freeze *freeze;
	struct exit_thread exit;
	struct owned_list owned;
	/* Blocks that were reachable when the process began to tear down, and are left. */
	const uint64_t *kept;
	size_t n_kept;
	bool heap_is_program;	    /* what brk() gave is the program's own */
	bool older_memory;	    /* the allocator has memory from before the trace: roots */
	const char *allocator_file; /* path of a library whose data is about allocation; or NULL */
};

struct roots {
	VEC(struct root) items;
	VEC(char *) files;    /* of ROOT_GLOBAL, by root.file */
	uint64_t older_bytes; /* of ROOT_UNKNOWN */
};

/* -ESRCH: the process is gone; -ENOMEM; or the errno of reading its maps. */
int roots_find(struct roots *roots, const struct roots_request *request) _must_check_;
void roots_done(struct roots *roots);

#endif
