/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending events to user space. It looks into the ring ten times a second, or when it is woken,
 * which costs the traced program as much as some mallocs: that is for what cannot wait.
 */
#ifndef LT_EVENTS_BPF_H
#define LT_EVENTS_BPF_H

#include "maps.bpf.h"

/* Wakes user space. Without being told, the kernel would not while others wait in the ring. */
static __always_inline long events_send(void *event, __u64 bytes)
{
	return bpf_ringbuf_output(&lt_events, event, bytes, BPF_RB_FORCE_WAKEUP);
}

/* For what nobody waits for, unless the ring is filling up. */
static __always_inline long events_send_later(void *event, __u64 bytes)
{
	__u64 waiting = bpf_ringbuf_query(&lt_events, BPF_RB_AVAIL_DATA);

	return bpf_ringbuf_output(&lt_events, event, bytes,
				  waiting > LT_RING_BYTES / 4 ? BPF_RB_FORCE_WAKEUP :
								BPF_RB_NO_WAKEUP);
}

/* Lets a moment pass, for user space to read a ring that is filling up. Returns 0. */
int events_pause(void);

/* Before an event that must not be lost: three quarters full is reason enough. */
static __always_inline void events_wait(void)
{
	if (bpf_ringbuf_query(&lt_events, BPF_RB_AVAIL_DATA) > LT_RING_BYTES / 4 * 3)
		events_pause();
}

#endif
