/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must not be interrupted half way. The kernel cannot take breakpoints out of a process's
 * memory on behalf of a task that is being killed, and then leaves them there. So links are made
 * and closed by processes of their own, which a signal for leaktrace does not reach.
 */
#ifndef LT_PROBE_APART_H
#define LT_PROBE_APART_H

#include <stddef.h>

/*
 * Calls FUNCTION in a process that shares memory and descriptors with this one, which goes on
 * to the end even if this one is killed. Returns what it returns, or a negative errno.
 */
long apart_call(long (*function)(void *data), void *data);

/*
 * Closes N links, all at the same time: the kernel waits a while for each. If that cannot be
 * done, they stay open until the process ends, which it then has to do.
 */
void apart_close(const int *fds, size_t n);

#endif
