/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stops all threads of a process for a moment. Nobody but leaktrace can tell: the parent is not
 * notified, no signal is sent, and a process that was stopped before stays stopped afterwards.
 * If leaktrace dies meanwhile, the kernel lets the process go on.
 *
 * All calls for one process must come from one thread: ptrace(2) knows no other owner.
 */
#ifndef LT_SCAN_FREEZE_H
#define LT_SCAN_FREEZE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/vec.h"

enum {
	FREEZE_REGISTERS = 32, /* at most so many of a thread can hold pointers */
};

struct freeze_thread {
	pid_t tid;
	bool stopped;
	bool gone;
	uint64_t sp;
	uint64_t thread_pointer; /* where thread-local data is */
	unsigned n_registers;
	uint64_t registers[FREEZE_REGISTERS];
};

struct freeze {
	pid_t pid;
	bool is_child; /* of ours: who has started it wants its status */
	VEC(struct freeze_thread) threads;
};

/*
 * Asks all threads to stop. -EPERM: another debugger has the process, or rights are missing;
 * -ESRCH: it is gone. freeze_release() is to be called in any case.
 */
int freeze_begin(struct freeze *freeze, pid_t pid) _must_check_;

/* Looks whether all have stopped by now: 1, and registers are known; 0; or a negative errno. */
int freeze_poll(struct freeze *freeze) _must_check_;

/*
 * A thread through which the memory can be read. The process's own number will not do: its first
 * thread may have ended, and has no memory then.
 */
pid_t freeze_living(const struct freeze *freeze);

/*
 * Lets all go on, at any time. False: some have not stopped yet, as they have not run since they
 * were asked to, or sleep in the kernel; a thread can only be let go when it has stopped, so call
 * again, until true. When the calling thread ends, the kernel lets go what is left.
 */
bool freeze_release(struct freeze *freeze) _must_check_;

/* The name of a register by its place in registers[]. */
const char *freeze_register_name(unsigned i);

#endif
