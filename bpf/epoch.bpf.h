/* SPDX-License-Identifier: GPL-2.0 */
/* Beginning and ending an epoch, and telling user space. For boundary.bpf.c and signal.bpf.c. */
#ifndef LT_EPOCH_BPF_H
#define LT_EPOCH_BPF_H

#include "maps.bpf.h"
#include "events.bpf.h"
#include "space.bpf.h"

static __always_inline __u32 epoch_new(void)
{
	return __sync_fetch_and_add(&lt_last_epoch, 1) + 1;
}

static __always_inline struct lt_task *task_get(void)
{
	return bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Fills in all but what happened: what the space has counted so far. Returns 0. */
int event_prepare(struct lt_event_test *event, __u32 space_id);

/* Texts of N bytes are in the event. */
static __always_inline void event_send(struct lt_event_test *event, __u32 space_id, __u64 n)
{
	if (n > LT_SIGNAL_TEXTS * LT_TEXT_BYTES)
		n = LT_SIGNAL_TEXTS * LT_TEXT_BYTES;
	if (events_send_later(event, sizeof(*event) + n))
		loss(space_id, LT_LOSS_TEST_UNSENT);
}

/* A test whose texts of N0 and N1 bytes are in the event. */
static __always_inline void test_begin(struct lt_task *task, __u32 space_id, struct lt_space *space,
				       __u32 source, __u32 n0, __u32 n1)
{
	struct lt_event_test *event = &task->test;

	space->epoch = space->last_epoch = epoch_new();
	event_prepare(event, space_id);
	event->test.what = LT_TEST_BEGIN;
	event->test.source = source;
	event->test.n_bytes[0] = n0;
	event->test.n_bytes[1] = n1;
	event_send(event, space_id, n0 + n1);
}

static __always_inline void test_end(struct lt_task *task, __u32 space_id, struct lt_space *space,
				     __u32 source)
{
	struct lt_event_test *event = &task->test;

	if (space->epoch == space->base_epoch)
		return;
	event_prepare(event, space_id);
	event->test.what = LT_TEST_END;
	event->test.source = source;
	space->epoch = space->base_epoch;
	event_send(event, space_id, 0);
}

#endif
