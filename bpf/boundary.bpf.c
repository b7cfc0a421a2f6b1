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
	return runner && runner <= LT_MAX_RUNNERS ?
		       lt_runners[(runner - 1) & (LT_MAX_RUNNERS - 1)].kind :
		       LT_RUNNER_NONE;
}

/* A name as it is compared: filled up with NUL. */
struct short_name {
	__u64 words[2];
};

static __always_inline bool name_is(const struct short_name *name, const volatile char wanted[16])
{
	const volatile __u64 *words = (const volatile __u64 *)wanted;

	return words[0] == name->words[0] && words[1] == name->words[1];
}

#define ARGUMENT_BYTES 256

/* The first argument of the running program; its length, 0 if there is none or it is long. */
static __always_inline __u64 argument_read(char *text)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;
	long n;

	if (!mm)
		return 0;
	n = bpf_probe_read_user_str(text, ARGUMENT_BYTES, (void *)mm->arg_start);
	if (n <= 0 || n >= ARGUMENT_BYTES)
		return 0;
	n = bpf_probe_read_user_str(text, ARGUMENT_BYTES, (void *)(mm->arg_start + n));
	return n <= 0 || n >= ARGUMENT_BYTES ? 0 : n - 1;
}

/* Whether the argument of N bytes is WANTED, without folders. */
static __always_inline bool argument_is(const char *text, __u64 n, const volatile char wanted[16],
					__u64 n_wanted)
{
	struct short_name name = {};
	char before = '/';

	if (n < n_wanted)
		return false;
	if (n > n_wanted)
		bpf_probe_read_kernel(&before, 1, text + n - n_wanted - 1);
	bpf_probe_read_kernel_str(&name, sizeof(name), text + n - n_wanted);
	return before == '/' && name_is(&name, wanted);
}

/* 1 + the index of the runner that the running program is, 0: none. */
static __always_inline __u32 runner_find(void)
{
	struct lt_task *task = task_get();
	struct short_name comm = {};
	__u64 n;

	if (!task)
		return 0;
	bpf_get_current_comm(&comm, sizeof(comm));
	n = argument_read(task->test.texts);
	for (__u32 i = 0; i < LT_MAX_RUNNERS; i++) {
		const volatile struct lt_runner *runner = &lt_runners[i];

		if (runner->kind == LT_RUNNER_NONE)
			break;
		if (runner->comm[0] && !name_is(&comm, runner->comm))
			continue;
		if (!runner->n_argument ||
		    argument_is(task->test.texts, n, runner->argument, runner->n_argument))
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
	/* A script that calls itself again through env is still the same. */
	if (runner_kind(space->runner) == LT_RUNNER_SELF &&
	    !(old && old_id && old->tgid == space->tgid && old->runner == space->runner))
		process_begin(space_id, space, space->runner, 0);
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

/* --- signals of frameworks --- */

/* The N-th argument of the call. All are read: the verifier wants fixed places in CTX. */
static __always_inline __u64 argument_get(struct pt_regs *ctx, __u32 n)
{
	__u64 arguments[8] = { PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx),
			       PT_REGS_PARM4(ctx), PT_REGS_PARM5(ctx) };

	return arguments[n & 7];
}

/*
 * Reads a pointer. Memory of the process that has not been touched yet (a name in a read-only
 * section) is not there for bpf_probe_read_user(): this helper brings it in.
 */
static __always_inline __u64 pointer_read(__u64 address)
{
	__u64 pointer = 0;

	if (bpf_copy_from_user(&pointer, sizeof(pointer), (void *)address))
		return 0;
	return pointer;
}

/* Where a text is; 0: it cannot be reached. */
static __always_inline __u64 text_find(struct pt_regs *ctx, const struct lt_signal_text *text)
{
	__u64 address = argument_get(ctx, text->argument);
	__u8 first = 0;

	for (__u32 i = 0; i < LT_TEXT_STEPS; i++) {
		if (i >= text->n_steps)
			break;
		address = pointer_read(address + text->steps[i]);
		if (!address)
			return 0;
	}
	address += text->offset;
	if (text->kind != LT_TEXT_LIBCXX)
		return address;
	/* A short one is in the object, behind a byte that is even. */
	if (bpf_copy_from_user(&first, sizeof(first), (void *)address))
		return 0;
	return first & 1 ? pointer_read(address + 16) : address + 1;
}

/* Reads a text with its NUL; returns its bytes, 0 if it is not readable. */
static __always_inline __u32 text_read(char *to, __u64 address)
{
	long n = -1;
	char byte;

	for (int i = 0; i < 3; i++) {
		n = bpf_probe_read_user_str(to, LT_TEXT_BYTES, (void *)address);
		if (n > 0)
			break;
		/* Bring in its first page, then the one that it reaches into. */
		if (bpf_copy_from_user(&byte, sizeof(byte),
				       (void *)(i ? (address | 4095) + 1 : address)))
			break;
	}
	return n > 0 && n <= LT_TEXT_BYTES ? n : 0;
}

/* Whether the first argument is the variable that the signal is about. */
static __always_inline bool is_variable(struct pt_regs *ctx, const struct lt_signal *signal)
{
	__u64 name[LT_SIGNAL_VARIABLE / 8] = {};
	const __u64 *wanted = (const __u64 *)signal->variable;
	__u64 differ = 0;

	if (bpf_probe_read_user_str(name, sizeof(name), (void *)PT_REGS_PARM1(ctx)) < 0)
		return false;
	for (__u32 i = 0; i < LT_SIGNAL_VARIABLE / 8; i++)
		differ |= name[i] ^ wanted[i];
	return differ == 0;
}

/* Whether the signal is about what it should be: a test, not a suite. */
static __always_inline bool is_word(struct pt_regs *ctx, const struct lt_signal *signal)
{
	__u64 address = argument_get(ctx, signal->only_argument) + signal->only_offset;
	__u32 word = 0;

	return bpf_copy_from_user(&word, sizeof(word), (void *)address) == 0 &&
	       word == signal->only_word;
}

/* "test (call)" and "test (teardown)" go on with the test that "test (setup)" has begun. */
static __always_inline bool is_later_phase(const char *text, __u32 n)
{
	__u32 last = n - 3; /* before ")" and the NUL */

	if (n < 8 || last >= LT_TEXT_BYTES)
		return false;
	barrier_var(last);
	if (last >=
	    LT_TEXT_BYTES) /* known already, but not to the verifiers of Linux 6.1 and 6.12 */
		return false;
	return text[last] == 'l' || text[last] == 'n';
}

/* A test whose texts of N0 and N1 bytes are in the event. */
static __always_inline void test_begin(struct lt_task *task, __u32 space_id, struct lt_space *space,
				       __u32 source, __u32 n0, __u32 n1)
{
	struct lt_event_test *event = &task->test;

	space->epoch = epoch_new();
	event_prepare(event, space_id, space);
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
	event_prepare(event, space_id, space);
	event->test.what = LT_TEST_END;
	event->test.source = source;
	space->epoch = space->base_epoch;
	event_send(event, space_id, 0);
}

static __always_inline void signal_begin(struct pt_regs *ctx, struct lt_task *task, __u32 space_id,
					 struct lt_space *space, const struct lt_signal *signal,
					 __u32 source)
{
	struct lt_event_test *event = &task->test;
	__u32 n0 = 0, n1 = 0;

	if (signal->texts[0].kind)
		n0 = text_read(event->texts, text_find(ctx, &signal->texts[0]));
	if (signal->or_end && !text_find(ctx, &signal->texts[0])) {
		test_end(task, space_id, space, source);
		return;
	}
	if (signal->phases && space->epoch != space->base_epoch && is_later_phase(event->texts, n0))
		return;
	if (n0 > LT_TEXT_BYTES)
		return;
	if (signal->texts[1].kind)
		n1 = text_read(event->texts + n0, text_find(ctx, &signal->texts[1]));
	if ((signal->texts[0].kind && !n0) || (signal->texts[1].kind && !n1))
		loss(space_id, LT_LOSS_TEST_UNREADABLE);
	test_begin(task, space_id, space, source, n0, n1);
}

static __always_inline bool is_setenv(const struct lt_signal *signal)
{
	return signal->action == LT_SIGNAL_SETENV || signal->action == LT_SIGNAL_UNSETENV;
}

/* What the framework's own call allocates (setenv keeps the old text) is not the test's. */
static __always_inline void signal_shield(struct lt_task *task)
{
	if (task->epoch == LT_EPOCH_SIGNAL)
		return;
	task->outer_epoch = task->epoch;
	task->epoch = LT_EPOCH_SIGNAL;
}

SEC("uprobe.s")
int lt_signal(struct pt_regs *ctx)
{
	__u32 source = bpf_get_attach_cookie(ctx), space_id = space_current();
	struct lt_signal *signal = bpf_map_lookup_elem(&lt_signals, &source);
	struct lt_space *space = space_get(space_id);
	struct lt_task *task;

	if (!space_id || !space || !signal)
		return 0;
	if (is_setenv(signal) && !is_variable(ctx, signal))
		return 0;
	if (signal->only_word && !is_word(ctx, signal))
		return 0;
	__sync_fetch_and_add(&space->signals, 1);
	task = task_get();
	if (!task) {
		loss(space_id, LT_LOSS_TEST_UNSENT);
		return 0;
	}
	if (signal->action == LT_SIGNAL_END || signal->action == LT_SIGNAL_UNSETENV)
		test_end(task, space_id, space, source);
	else
		signal_begin(ctx, task, space_id, space, signal, source);
	if (is_setenv(signal))
		signal_shield(task);
	return 0;
}

/* The return of what shields, or of what the whole test is. */
SEC("uprobe")
int lt_signal_return(struct pt_regs *ctx)
{
	__u32 source = bpf_get_attach_cookie(ctx), space_id;
	struct lt_signal *signal = bpf_map_lookup_elem(&lt_signals, &source);
	struct lt_task *task = task_current();
	struct lt_space *space;

	if (!task || !signal)
		return 0;
	if (task->epoch == LT_EPOCH_SIGNAL)
		task->epoch = task->outer_epoch;
	space_id = space_of(task);
	space = space_get(space_id);
	if (space_id && space && signal->until_return)
		test_end(task, space_id, space, source);
	return 0;
}

/* --- what is written and asked for --- */

#define WRITE_BYTES 512

/* Without branches, which the verifier would follow at each byte. */
static __always_inline bool text_begins(const char *text, const char *prefix, __u32 n)
{
	__u8 differ = 0;

#pragma unroll
	for (__u32 i = 0; i < n; i++)
		differ |= text[i] ^ prefix[i];
	return differ == 0;
}

#define BEGINS(text, prefix) text_begins(text, prefix, sizeof(prefix) - 1)

/* A line about the next test of a runner. */
static __always_inline void write_announce(struct lt_task *task, __u32 space_id,
					   struct lt_space *space, __u32 n)
{
	event_prepare(&task->test, space_id, space);
	task->test.test.what = LT_TEST_ANNOUNCE;
	task->test.test.source = space->runner;
	task->test.test.n_bytes[0] = n;
	event_send(&task->test, space_id, n);
}

/*
 * cmocka and GoogleTest tell where a test begins and ends in lines of their own. Where functions
 * tell the same they are believed: they are called earlier.
 */
static __always_inline void write_framework(struct lt_task *task, __u32 space_id,
					    struct lt_space *space, __u32 n)
{
	char *text = task->test.texts;

	if (space->signals || text[0] != '[')
		return;
	if (BEGINS(text, "[ RUN      ] "))
		test_begin(task, space_id, space, LT_SOURCE_TEXT, n, 0);
	else if (BEGINS(text, "[       OK ] ") || BEGINS(text, "[  FAILED  ] ") ||
		 BEGINS(text, "[  SKIPPED ] "))
		test_end(task, space_id, space, LT_SOURCE_TEXT);
}

int boundary_write(const struct lt_syscall *call)
{
	struct lt_space *space;
	struct lt_task *task;
	char *text;
	__u64 n;

	if (!call || call->args[0] < 1 || call->args[0] > 2 || call->result < 12)
		return 0;
	space = space_get(call->space);
	task = task_get();
	if (!space || !task)
		return 0;
	text = task->test.texts;
	n = call->result;
	if (n >= WRITE_BYTES)
		n = WRITE_BYTES - 1;
	barrier_var(n);
	n &= WRITE_BYTES - 1; /* known already, but not to the verifier */
	if (bpf_probe_read_user(text, n, (void *)call->args[1]))
		return 0;
	text[n] = '\0';
	if (!space->runner)
		write_framework(task, call->space, space, n + 1);
	else if (space->runner <= LT_MAX_RUNNERS &&
		 lt_runners[(space->runner - 1) & (LT_MAX_RUNNERS - 1)].announces &&
		 BEGINS(text, "    Start "))
		write_announce(task, call->space, space, n + 1);
	return 0;
}

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
