// SPDX-License-Identifier: GPL-2.0
/*
 * Where tests begin and end, as far as system calls and processes tell: see boundary.bpf.h. The
 * functions of frameworks are in signal.bpf.c, what they write in written.bpf.c.
 */
#include "maps.bpf.h"
#include "boundary.bpf.h"
#include "epoch.bpf.h"
#include "rss.bpf.h"
#include "text.bpf.h"

int event_prepare(struct lt_event_test *event, __u32 space_id)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	const struct lt_space *space = space_get(space_id);
	struct lt_test *test;

	if (!event || !space)
		return 0;
	event->event.type = LT_EVENT_TEST;
	event->event.space = space_id;
	event->event.time_ns = bpf_ktime_get_ns();
	test = &event->test;
	test->epoch = space->epoch;
	test->around = space->base_epoch;
	test->runner_space = test->thread = 0;
	test->n_bytes[0] = test->n_bytes[1] = 0;
	test->allocations = test->frees = test->unknown_frees = 0;
	for (int i = 0; i < LT_SHARDS; i++) {
		test->allocations += space->counts[i].allocations;
		test->frees += space->counts[i].frees;
		test->unknown_frees += space->counts[i].unknown_frees;
	}
	test->rss_pages = mm ? rss_pages(mm) : 0;
	test->peak_rss_pages = test->rss_pages ? rss_peak_pages(mm) : 0;
	return 0;
}

/* --- processes that are tests --- */

/* The whole process in SPACE is a test, inside of its present epoch. */
static __always_inline void process_begin(__u32 space_id, struct lt_space *space, __u32 runner,
					  __u32 runner_space)
{
	struct lt_task *task = task_get();
	__u32 around = space->epoch;

	space->epoch = space->base_epoch = space->last_epoch = epoch_new();
	if (!task) {
		loss(space_id, LT_LOSS_TEST_UNSENT);
		return;
	}
	event_prepare(&task->test, space_id);
	task->test.test.what = LT_TEST_PROCESS;
	task->test.test.source = runner;
	task->test.test.around = around;
	task->test.test.runner_space = runner_space;
	event_send(&task->test, space_id, 0);
}

static __always_inline __u32 runner_kind(__u32 runner)
{
	return runner && runner <= LT_MAX_RUNNERS ?
		       lt_runners[(runner - 1) & (LT_MAX_RUNNERS - 1)].kind :
		       LT_RUNNER_NONE;
}

/* Names as they are compared: filled up with NUL. */
static __always_inline bool words_are(const __u64 *words, const volatile void *wanted, int n)
{
	const volatile __u64 *others = wanted;
	__u64 differ = 0;

	for (int i = 0; i < n; i++)
		differ |= words[i] ^ others[i];
	return differ == 0;
}

#define ARGUMENT_BYTES 256

/* The first argument of the running program; its length, 0 if there is none or it is long. */
static __always_inline __u64 argument_read(char *text)
{
	__u64 start = BPF_CORE_READ(bpf_get_current_task_btf(), mm, arg_start);
	long n;

	if (!start)
		return 0;
	n = bpf_probe_read_user_str(text, ARGUMENT_BYTES, (void *)start);
	if (n <= 0 || n >= ARGUMENT_BYTES)
		return 0;
	n = bpf_probe_read_user_str(text, ARGUMENT_BYTES, (void *)(start + n));
	return n <= 0 || n >= ARGUMENT_BYTES ? 0 : n - 1;
}

/* Whether the argument of N bytes is WANTED, without folders. */
static __always_inline bool argument_is(const char *text, __u64 n,
					const volatile struct lt_runner *runner)
{
	__u64 name[sizeof(runner->argument) / 8] = {}, n_wanted = runner->n_argument;
	__u64 start = n - n_wanted, slash = start - 1;
	char before = '/';

	if (n < n_wanted)
		return false;
	/* Known already, but not to the verifier of Linux 6.1. */
	barrier_var(start);
	barrier_var(slash);
	start &= ARGUMENT_BYTES - 1;
	slash &= ARGUMENT_BYTES - 1;
	if (n > n_wanted)
		bpf_probe_read_kernel(&before, 1, text + slash);
	bpf_probe_read_kernel_str(name, sizeof(name), text + start);
	return before == '/' && words_are(name, runner->argument, sizeof(runner->argument) / 8);
}

/* 1 + the index of the runner that the running program is, 0: none. */
static __always_inline __u32 runner_find(void)
{
	struct lt_task *task = task_get();
	__u64 comm[2] = {}, n;

	if (!task)
		return 0;
	bpf_get_current_comm(comm, sizeof(comm));
	n = argument_read(task->test.texts);
	for (__u32 i = 0; i < LT_MAX_RUNNERS; i++) {
		const volatile struct lt_runner *runner = &lt_runners[i];

		if (runner->kind == LT_RUNNER_NONE)
			break;
		if (runner->comm[0] && !words_are(comm, runner->comm, 2))
			continue;
		if (!runner->n_argument || argument_is(task->test.texts, n, runner))
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
	space->last_epoch = space->epoch;
	if (runner_kind(parent->runner) == LT_RUNNER_PARENT)
		process_begin(space_id, space, parent->runner, parent_id);
	return 0;
}

int boundary_vfork(__u32 tgid, __u32 parent_id)
{
	struct lt_proc *proc = bpf_map_lookup_elem(&lt_procs, &tgid);
	struct lt_space *parent = space_get(parent_id);

	/* The parent runs on before the exec is seen: by then it may be in another test. */
	if (proc && parent)
		proc->epoch = task_epoch(bpf_get_current_task_btf(), parent);
	return 0;
}

int boundary_exec(__u32 space_id, __u32 old_id)
{
	struct lt_space *space = space_get(space_id), *old = space_get(old_id);
	struct lt_proc *proc = proc_current();

	if (!space)
		return 0;
	if (old && old_id && old->tgid == space->tgid) {
		space->epoch = space->base_epoch = space->last_epoch = old->epoch;
	} else if (old && old_id) {
		/* Until now it ran in its parent's address space: this is its birth. */
		space->epoch = space->base_epoch = proc ? proc->epoch : 0;
		space->last_epoch = space->epoch;
		if (runner_kind(old->runner) == LT_RUNNER_PARENT)
			process_begin(space_id, space, old->runner, old_id);
	}
	space->runner = runner_find();
	/* A script that calls itself again through env is still the same. */
	if (runner_kind(space->runner) == LT_RUNNER_SELF &&
	    !(old && old_id && old->tgid == space->tgid && old->runner == space->runner))
		process_begin(space_id, space, space->runner, 0);
	return 0;
}

/* --- what outlives its test --- */

int boundary_release(__u32 space_id, __u32 epoch, __u64 size_stack)
{
	struct lt_space *space = space_get(space_id);
	struct lt_release_key key = { .epoch = epoch };
	struct lt_release none = {}, *release;
	struct lt_task *task;

	/* The test around the present one has not ended either. */
	if (!space || epoch == 0 || epoch == LT_EPOCH_SIGNAL || epoch == space->base_epoch)
		return 0;
	task = bpf_task_storage_get(&lt_tasks, bpf_get_current_task_btf(), 0, 0);
	if (task && task->epoch == epoch)
		return 0;
	if (lt_releases_apart) {
		key.space = space_id;
		key.stack = size_stack & LT_STACK_MAX;
		key.when = LT_RELEASE_WHEN(space->last_epoch, space->epoch == space->base_epoch);
	}
	release = bpf_map_lookup_elem(&lt_releases, &key);
	if (!release) {
		/* Another thread may have been quicker: the entry that is there counts. */
		bpf_map_update_elem(&lt_releases, &key, &none, BPF_NOEXIST);
		release = bpf_map_lookup_elem(&lt_releases, &key);
	}
	if (!release) {
		loss(space_id, LT_LOSS_RELEASES_FULL);
		return 0;
	}
	__sync_fetch_and_add(&release->bytes, size_stack >> LT_STACK_BITS);
	__sync_fetch_and_add(&release->blocks, 1);
	return 0;
}

/* --- tests that run in threads --- */

/* Rust's libtest gives the thread that it makes for a test the name of the test. */
int boundary_name(__u32 space_id, __u64 name)
{
	struct lt_space *space = space_get(space_id);
	struct lt_task *task = task_get();
	struct lt_event_test *event;
	long n;

	if (!space || !task || !task->test_thread || task->epoch)
		return 0;
	event = &task->test;
	n = bpf_probe_read_user_str(event->texts, LT_TEXT_BYTES, (void *)name);
	if (n <= 0 || n > LT_TEXT_BYTES) {
		loss(space_id, LT_LOSS_TEST_UNREADABLE);
		n = 0;
	}
	event_prepare(event, space_id);
	task->epoch = space->last_epoch = event->test.epoch = epoch_new();
	event->test.what = LT_TEST_BEGIN;
	event->test.source = LT_SOURCE_LIBTEST;
	event->test.thread = task->test_thread;
	event->test.n_bytes[0] = n;
	event_send(event, space_id, n);
	return 0;
}

int boundary_thread_end(void)
{
	struct lt_task *task = task_current();
	struct lt_event_test *event;
	struct lt_space *space;
	__u32 space_id;

	if (!task || !task->test_thread || !task->epoch)
		return 0;
	space_id = space_of(task);
	space = space_get(space_id);
	/* One that its process takes along has not ended its test. */
	if (!space || syscall_number((struct pt_regs *)bpf_task_pt_regs(
			      bpf_get_current_task_btf())) != LT_SYS_EXIT)
		return 0;
	event = &task->test;
	event_prepare(event, space_id);
	event->test.epoch = task->epoch;
	event->test.what = LT_TEST_END;
	event->test.source = LT_SOURCE_LIBTEST;
	event->test.thread = task->test_thread;
	event_send(event, space_id, 0);
	return 0;
}

/* --- what is asked for --- */

int boundary_path(__u32 space_id, __u64 path)
{
	struct lt_space *space = space_get(space_id);
	struct lt_task *task = task_get();
	char *text;
	long n;

	if (!space || !task)
		return 0;
	text = task->test.texts;
	n = bpf_probe_read_user_str(text, LT_TEXT_BYTES, (void *)path);
	if (n < (long)sizeof("/leaktrace/end") || n > LT_TEXT_BYTES || !BEGINS(text, "/leaktrace/"))
		return 0;
	if (BEGINS(text + 11, "begin/"))
		test_begin(task, space_id, space, LT_SOURCE_PATH, n, 0);
	else if (BEGINS(text + 11, "end"))
		test_end(task, space_id, space, LT_SOURCE_PATH);
	return 0;
}
