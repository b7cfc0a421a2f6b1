/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unwinding a user stack by the tables of src/unwind. Global functions, so that the verifier
 * checks each once however often it is called.
 */
#ifndef LT_UNWIND_BPF_H
#define LT_UNWIND_BPF_H

#include "maps.bpf.h"

/*
 * Moves task->unwind to the caller's frame. Returns an enum lt_unwind_result: below zero, the
 * stack ends here. A missing table is asked for.
 */
int unwind_step(struct lt_task *task);

/* Fills in task->redirected: the thread's stack is copied as it is. Returns 0. */
int unwind_redirected(struct lt_task *task);

#endif
