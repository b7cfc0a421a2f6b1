/* SPDX-License-Identifier: GPL-2.0 */
/* Makes the running process wait for user space: see LT_HOLD_MAX_NS in abi.h. */
#ifndef LT_HOLD_BPF_H
#define LT_HOLD_BPF_H

#include "maps.bpf.h"

/*
 * Announces EVENT (its event.type and so on are filled in here) and waits. Only in sleepable
 * programs. Returns 0; what could not be announced does not wait, which is counted.
 */
int hold_process(struct lt_event_hold *event, __u32 space, __u32 why);

/*
 * Waits, in SPACE, whose HOLD has the bit WHY and of which user space has been told; ADDRESS is
 * anything in the process. Returns 0, or -1 if nobody has answered.
 */
int hold_wait(__u32 space, __u32 why, __u64 address);

/*
 * Waits before an exec, as long as TID is in lt_starts, of which user space has been told. There
 * may be no space, or one that a parent is using.
 */
int hold_start(__u32 tid, __u64 address);

#endif
