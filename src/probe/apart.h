/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must not be interrupted half way. The kernel cannot take breakpoints out of a process's
 * memory on behalf of a task that is being killed, and then leaves them there. So links are made
 * and closed by processes of their own, which a signal for leaktrace does not reach.
 */
#ifndef LT_PROBE_APART_H
#define LT_PROBE_APART_H

#include <stddef.h>
#include <sys/types.h>

enum { APART_MAX_HOLDERS = 64 };

/* Processes that are closing links. */
struct apart_closing;

/*
 * Calls FUNCTION, which makes a link, in a process that shares memory and descriptors with this
 * one, and goes on to the end even if this one is killed. Returns what it returns, or a negative
 * errno.
 *
 * The kernel puts a probe into every process that maps the file, and into none if it has no memory
 * for one of them: -ENOMEM, when any process on the machine is at the limit of its memory cgroup.
 * That passes, or that process is killed, so FUNCTION is called again for up to two seconds.
 */
long apart_open(long (*function)(void *data), void *data);

/*
 * Begins to close N links, all at the same time: the kernel waits a while for each, and the caller
 * has better things to do. If that cannot be done, they stay open until the process ends, which it
 * then has to do.
 */
struct apart_closing *apart_close_begin(const int *fds, size_t n);

/* Waits until they are closed, and frees CLOSING, which may be NULL. */
void apart_close_end(struct apart_closing *closing);

#endif
