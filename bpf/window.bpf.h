/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a user stack a kilobyte at a time: most words then cost no call into the kernel.
 */
#ifndef LT_WINDOW_BPF_H
#define LT_WINDOW_BPF_H

#include "maps.bpf.h"

/* Reads the 8 bytes at ADDRESS; 0 if it could. */
static __always_inline int window_read(struct lt_unwind *unwind, __u64 address, __u64 *value)
{
	__u64 at = address - unwind->window_start;

	if (!(address & 7) && unwind->window_start && at <= LT_WINDOW_BYTES - 8) {
		*value = *(__u64 *)(unwind->window + (at & (LT_WINDOW_BYTES - 8)));
		return 0;
	}
	/* Near the end of the stack a whole window cannot be read. */
	if ((address & 7) ||
	    bpf_probe_read_user(unwind->window, LT_WINDOW_BYTES, (void *)address)) {
		unwind->window_start = 0;
		return bpf_probe_read_user(value, sizeof(*value), (void *)address);
	}
	unwind->window_start = address;
	*value = *(__u64 *)unwind->window;
	return 0;
}

#endif
