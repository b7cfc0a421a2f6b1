// SPDX-License-Identifier: GPL-2.0
/* Giving user space time to read what waits for it: see events.bpf.h. */
#include "events.bpf.h"

/* How long a thread is held up, at most, when events come faster than they are read. */
#define LT_PAUSE_NS 200000

static long pause_turn(__u32 i, void *until)
{
	return bpf_ktime_get_ns() >= *(__u64 *)until;
}

/*
 * User space reads the rings every few milliseconds (and then has the tables that copies of stacks
 * wait for): it is better to slow the target down for so long than to lose what it does.
 */
__noinline int events_pause(void)
{
	__u64 until = bpf_ktime_get_ns() + LT_PAUSE_NS;

	/* More turns than there are in that time: each asks for it. */
	bpf_loop(LT_PAUSE_NS / 10, pause_turn, &until, 0);
	return 0;
}
