// SPDX-License-Identifier: GPL-2.0
/*
 * Where tests begin and end: the signals of test frameworks (functions that they call) and the
 * processes that test runners start. See boundary.bpf.h.
 */
#include "maps.bpf.h"
#include "boundary.bpf.h"
#include "rss.bpf.h"
#include "space.bpf.h"

volatile __u32 lt_last_epoch = 0;

static __always_inline __u32 epoch_new(void)
{
	return __sync_fetch_and_add(&lt_last_epoch, 1) + 1;
}

static __always_inline struct lt_task *task_get(void)
{
	return bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Fills in all but what happened: what the space has counted so far. */
static __always_inline void event_prepare(struct lt_event_test *event, __u32 space_id,
					  const struct lt_space *space)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	struct lt_test *test = &event->test;

	event->event.type = LT_EVENT_TEST;
	event->event.space = space_id;
	event->event.time_ns = bpf_ktime_get_ns();
	test->epoch = space->epoch;
	test->around = space->base_epoch;
	test->runner_space = 0;
	test->n_bytes[0] = test->n_bytes[1] = 0;
	test->allocations = test->frees = test->unknown_frees = 0;
	for (int i = 0; i < LT_SHARDS; i++) {
		test->allocations += space->counts[i].allocations;
		test->frees += space->counts[i].frees;
		test->unknown_frees += space->counts[i].unknown_frees;
	}
	test->rss_pages = mm ? rss_pages(mm) : 0;
	test->peak_rss_pages = test->rss_pages ? rss_peak_pages(mm) : 0;
}

/* Texts of N bytes are in the event. */
static __always_inline void event_send(struct lt_event_test *event, __u32 space_id, __u64 n)
{
	if (n > LT_SIGNAL_TEXTS * LT_TEXT_BYTES)
		n = LT_SIGNAL_TEXTS * LT_TEXT_BYTES;
	if (bpf_ringbuf_output(&lt_events, event, sizeof(*event) + n, 0))
		loss(space_id, LT_LOSS_TEST_UNSENT);
}

/* --- processes that are tests --- */

/* The whole process in SPACE is a test, inside of its present epoch. */
static __always_inline void process_begin(__u32 space_id, struct lt_space *space, __u32 runner,
					  __u32 runner_space)
{
	struct lt_task *task = task_get();
	__u32 around = space->epoch;

	space->epoch = space->base_epoch = epoch_new();
	if (!task) {
		loss(space_id, LT_LOSS_TEST_UNSENT);
		return;
	}
	event_prepare(&task->test, space_id, space);
	task->test.test.what = LT_TEST_PROCESS;
	task->test.test.source = runner;
	task->test.test.around = around;
	task->test.test.runner_space = runner_space;
	event_send(&task->test, space_id, 0);
}

static __always_inline __u32 runner_kind(__u32 runner)
{
	return runner && runner <= LT_MAX_RUNNERS ? lt_runners[runner - 1].kind : LT_RUNNER_NONE;
}

/* 1 + the index of the runner that the running program is, 0: none. */
static __always_inline __u32 runner_find(void)
{
	__u64 comm[2] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	for (__u32 i = 0; i < LT_MAX_RUNNERS; i++) {
		const volatile __u64 *name = (const volatile __u64 *)lt_runners[i].comm;

		if (lt_runners[i].kind == LT_RUNNER_NONE)
			break;
		if (name[0] == comm[0] && name[1] == comm[1])
			return i + 1;
	}
	return 0;
}

/* The epoch of TASK, whose process is in SPACE. */
static __always_inline __u32 task_epoch(struct task_struct *task, const struct lt_space *space)
{
	struct lt_task *work = bpf_task_storage_get(&lt_tasks, task, 0, 0);

	return work && work->epoch && work->epoch != LT_EPOCH_SIGNAL ? work->epoch : space->epoch;
}

int boundary_fork(__u32 space_id, __u32 parent_id)
{
	struct lt_space *space = space_get(space_id), *parent = space_get(parent_id);

	if (!space || !parent)
		return 0;
	space->epoch = space->base_epoch = task_epoch(bpf_get_current_task_btf(), parent);
	if (runner_kind(parent->runner) == LT_RUNNER_PARENT)
		process_begin(space_id, space, parent->runner, parent_id);
	return 0;
}

int boundary_exec(__u32 space_id, __u32 old_id)
{
	struct lt_space *space = space_get(space_id), *old = space_get(old_id);
	struct task_struct *task = bpf_get_current_task_btf();

	if (!space)
		return 0;
	if (old && old_id && old->tgid == space->tgid) {
		space->epoch = space->base_epoch = old->epoch;
	} else if (old && old_id) {
		/* Until now it ran in its parent's address space: this is its birth. */
		space->epoch = space->base_epoch = task_epoch(task->real_parent, old);
		if (runner_kind(old->runner) == LT_RUNNER_PARENT)
			process_begin(space_id, space, old->runner, old_id);
	}
	space->runner = runner_find();
	if (runner_kind(space->runner) == LT_RUNNER_SELF)
		process_begin(space_id, space, space->runner, 0);
	return 0;
}

/* What ctest writes before it starts a test: "    Start  7: name". */
static __always_inline bool is_announcement(const char *text)
{
	static const char start[] = "    Start ";

	for (__u32 i = 0; i < sizeof(start) - 1; i++) {
		if (text[i] != start[i])
			return false;
	}
	return true;
}

int boundary_write(const struct lt_syscall *call)
{
	struct lt_space *space;
	struct lt_task *task;
	__u64 n;

	if (!call || call->args[0] != 1 || call->result <= 0)
		return 0;
	space = space_get(call->space);
	if (!space || !space->runner || space->runner > LT_MAX_RUNNERS ||
	    !lt_runners[space->runner - 1].announces)
		return 0;
	task = task_get();
	if (!task) {
		loss(call->space, LT_LOSS_TEST_UNSENT);
		return 0;
	}
	n = call->result;
	if (n >= LT_TEXT_BYTES)
		n = LT_TEXT_BYTES - 1;
	barrier_var(n);
	n &= LT_TEXT_BYTES - 1; /* known already, but not to the verifier */
	if (bpf_probe_read_user(task->test.texts, n, (void *)call->args[1])) {
		loss(call->space, LT_LOSS_TEST_UNREADABLE);
		return 0;
	}
	if (!is_announcement(task->test.texts))
		return 0;
	task->test.texts[n] = '\0';
	event_prepare(&task->test, call->space, space);
	task->test.test.what = LT_TEST_ANNOUNCE;
	task->test.test.source = space->runner;
	task->test.test.n_bytes[0] = n + 1;
	event_send(&task->test, call->space, n + 1);
	return 0;
}

/* --- what outlives its test --- */

int boundary_release(__u32 space_id, __u32 epoch, __u64 bytes)
{
	struct lt_space *space = space_get(space_id);
	struct lt_release none = {}, *release;
	struct lt_task *task;

	/* The test around the present one has not ended either. */
	if (!space || epoch == 0 || epoch == LT_EPOCH_SIGNAL || epoch == space->base_epoch)
		return 0;
	task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0, 0);
	if (task && task->epoch == epoch)
		return 0;
	release = bpf_map_lookup_elem(&lt_releases, &epoch);
	if (!release) {
		/* Another thread may have been quicker: the entry that is there counts. */
		bpf_map_update_elem(&lt_releases, &epoch, &none, BPF_NOEXIST);
		release = bpf_map_lookup_elem(&lt_releases, &epoch);
	}
	if (!release) {
		loss(space_id, LT_LOSS_RELEASES_FULL);
		return 0;
	}
	__sync_fetch_and_add(&release->bytes, bytes);
	__sync_fetch_and_add(&release->blocks, 1);
	return 0;
}
