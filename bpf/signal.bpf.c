// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that test frameworks call where a test begins and ends. What they look like comes
 * from user space (struct lt_signal), so that a framework is nothing that this file knows.
 */
#include "maps.bpf.h"
#include "epoch.bpf.h"

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

/* What a text is looked for from: an argument, or what the probe's cookie says. */
static __always_inline __u64 place_get(struct pt_regs *ctx, const struct lt_signal_text *text)
{
	__u64 cookie = bpf_get_attach_cookie(ctx), offset = LT_PLACE_OFFSET(cookie), value = 0;

	if (!LT_PLACE_IS(cookie))
		return argument_get(ctx, text->argument);
	if (offset > sizeof(*ctx) - sizeof(value) ||
	    bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + offset))
		return 0;
	return LT_PLACE_IN_MEMORY(cookie) ? pointer_read(value + LT_PLACE_DISTANCE(cookie)) : value;
}

/* Where a text is; 0: it cannot be reached. */
static __always_inline __u64 text_find(struct pt_regs *ctx, const struct lt_signal_text *text)
{
	__u64 address = place_get(ctx, text);
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

/* Reads a text of at most MAX bytes with its NUL; returns its bytes, 0 if it is not readable. */
static __always_inline __u32 text_read(void *to, __u32 max, __u64 address)
{
	long n = -1;
	char byte;

	for (int i = 0; i < 3; i++) {
		n = bpf_probe_read_user_str(to, max, (void *)address);
		if (n > 0)
			break;
		/* Bring in its first page, then the one that it reaches into. */
		if (bpf_copy_from_user(&byte, sizeof(byte),
				       (void *)(i ? (address | 4095) + 1 : address)))
			break;
	}
	return n > 0 && n <= max ? n : 0;
}

/* Whether the first argument is the variable that the signal is about. */
static __always_inline bool is_variable(struct pt_regs *ctx, const struct lt_signal *signal)
{
	__u64 name[LT_SIGNAL_VARIABLE / 8] = {};
	const __u64 *wanted = (const __u64 *)signal->variable;
	__u64 differ = 0;

	if (!text_read(name, sizeof(name), PT_REGS_PARM1(ctx)))
		return false;
	for (__u32 i = 0; i < LT_SIGNAL_VARIABLE / 8; i++)
		differ |= name[i] ^ wanted[i];
	return differ == 0;
}

/* Whether the signal is about what it should be: a test, not a suite; an end, not a crash. */
static __always_inline bool is_word(struct pt_regs *ctx, const struct lt_signal *signal)
{
	__u64 address = argument_get(ctx, signal->only_argument) + signal->only_offset;
	__u32 word = 0;

	return bpf_copy_from_user(&word, sizeof(word), (void *)address) == 0 &&
	       (!signal->only_word || word == signal->only_word) && !(word & signal->unless_bits);
}

/* "test (call)" and "test (teardown)" go on with the test that "test (setup)" has begun. */
static __always_inline bool is_later_phase(const char *text, __u32 n)
{
	__u32 last = n - 3; /* before ")" and the NUL */

	if (n < 8 || last >= LT_TEXT_BYTES)
		return false;
	barrier_var(last);
	last &= LT_TEXT_BYTES - 1; /* known already, but not to the verifier */
	return text[last] == 'l' || text[last] == 'n';
}

/* A suite begins, with a name of N bytes in the event, or ends: user space keeps count of them. */
static __always_inline void suite_send(struct lt_task *task, __u32 space_id, __u32 what,
				       __u32 source, __u32 n)
{
	struct lt_event_test *event = &task->test;

	event_prepare(event, space_id);
	event->test.what = what;
	event->test.source = source;
	event->test.n_bytes[0] = n;
	event_send(event, space_id, n);
}

static __always_inline void signal_begin(struct pt_regs *ctx, struct lt_task *task, __u32 space_id,
					 struct lt_space *space, const struct lt_signal *signal,
					 __u32 source)
{
	struct lt_event_test *event = &task->test;
	__u32 n0 = 0, n1 = 0;

	if (signal->texts[0].kind)
		n0 = text_read(event->texts, LT_TEXT_BYTES, text_find(ctx, &signal->texts[0]));
	if (signal->without && !text_find(ctx, &signal->texts[0])) {
		if (signal->without == LT_WITHOUT_END)
			test_end(task, space_id, space, source);
		return;
	}
	if (signal->action == LT_SIGNAL_ENTER) {
		if (!n0)
			loss(space_id, LT_LOSS_TEST_UNREADABLE);
		suite_send(task, space_id, LT_TEST_ENTER, source, n0);
		return;
	}
	if (signal->phases && space->epoch != space->base_epoch && is_later_phase(event->texts, n0))
		return;
	if (n0 > LT_TEXT_BYTES)
		return;
	if (signal->texts[1].kind)
		n1 = text_read(event->texts + n0, LT_TEXT_BYTES, text_find(ctx, &signal->texts[1]));
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
	__u32 space_id = space_current(), source;
	struct lt_signal *signal;
	struct lt_space *space;
	struct lt_task *task;

	if (!space_id)
		return 0;
	source = bpf_get_attach_cookie(ctx);
	signal = bpf_map_lookup_elem(&lt_signals, &source);
	space = space_get(space_id);
	if (!space || !signal)
		return 0;
	if (is_setenv(signal) && !is_variable(ctx, signal))
		return 0;
	if ((signal->only_word || signal->unless_bits) && !is_word(ctx, signal))
		return 0;
	__sync_fetch_and_add(&space->signals, 1);
	task = task_get();
	if (!task) {
		loss(space_id, LT_LOSS_TEST_UNSENT);
		return 0;
	}
	if (signal->action == LT_SIGNAL_END || signal->action == LT_SIGNAL_UNSETENV)
		test_end(task, space_id, space, source);
	else if (signal->action == LT_SIGNAL_LEAVE)
		suite_send(task, space_id, LT_TEST_LEAVE, source, 0);
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
