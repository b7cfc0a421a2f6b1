// SPDX-License-Identifier: GPL-2.0
/*
 * Lines by which runners and frameworks tell where tests begin and end. Where functions of the
 * framework tell the same they are believed: they are called earlier.
 */
#include "maps.bpf.h"
#include "boundary.bpf.h"
#include "epoch.bpf.h"
#include "text.bpf.h"

#define WRITE_BYTES 512

/* Whether the N bytes end with the SUFFIX of N_SUFFIX. */
static __always_inline bool text_ends(const char *text, __u32 n, const char *suffix, __u32 n_suffix)
{
	__u8 differ = n < n_suffix;

#pragma unroll
	for (__u32 i = 0; i < n_suffix; i++)
		differ |= text[(n - n_suffix + i) & (WRITE_BYTES - 1)] ^ suffix[i];
	return differ == 0;
}

#define ENDS(text, n, suffix) text_ends(text, n, suffix, sizeof(suffix) - 1)
#define IS(text, n, word)     ((n) == sizeof(word) - 1 && BEGINS(text, word))

/* What ctest writes before it starts a test: "    Start 7: name", indented by their number. */
static __always_inline bool is_announcement(const char *text)
{
	bool found = false;

	if (!BEGINS(text, "    "))
		return false;
#pragma unroll
	for (int i = 4; i <= 16; i++)
		found |= BEGINS(text + i, "Start ");
	return found;
}

/* The line of N bytes is about a test that is not the present one. */
static __always_inline void write_announce(struct lt_task *task, __u32 space_id,
					   struct lt_space *space, __u32 source, __u32 n)
{
	event_prepare(&task->test, space_id);
	task->test.test.what = LT_TEST_ANNOUNCE;
	task->test.test.source = source;
	task->test.test.n_bytes[0] = n + 1;
	event_send(&task->test, space_id, n + 1);
}

/* A test that the process tells of in lines begins; it ends with another such line alone. */
static __always_inline void write_begin(struct lt_task *task, __u32 space_id,
					struct lt_space *space, __u32 source, __u32 n0)
{
	test_begin(task, space_id, space, source, n0, 0);
	space->written_epoch = space->epoch;
}

static __always_inline void write_end(struct lt_task *task, __u32 space_id, struct lt_space *space,
				      __u32 source)
{
	if (space->epoch == space->written_epoch)
		test_end(task, space_id, space, source);
}

/* cmocka and GoogleTest. */
static __always_inline void write_bracket(struct lt_task *task, __u32 space_id,
					  struct lt_space *space, __u32 n)
{
	char *text = task->test.texts;

	if (space->signals)
		return;
	if (BEGINS(text, "[ RUN      ] "))
		write_begin(task, space_id, space, LT_SOURCE_TEXT, n + 1);
	else if (BEGINS(text, "[       OK ] ") || BEGINS(text, "[  FAILED  ] ") ||
		 BEGINS(text, "[  SKIPPED ] "))
		write_end(task, space_id, space, LT_SOURCE_TEXT);
}

/*
 * libtest writes "test NAME ... " before the test if it runs one at a time, but behind it when the
 * test has had a thread: then the threads tell, and the line has the whole name.
 */
static __always_inline void write_libtest(struct lt_task *task, __u32 space_id,
					  struct lt_space *space, __u32 n)
{
	char *text = task->test.texts;

	if (BEGINS(text, "test ") && ENDS(text, n, " ... ")) {
		if (space->libtest == LT_LIBTEST_THREADS)
			write_announce(task, space_id, space, LT_SOURCE_LIBTEST, n);
		else
			write_begin(task, space_id, space, LT_SOURCE_LIBTEST, n + 1);
		return;
	}
	if (BEGINS(text, "ignored"))
		write_announce(task, space_id, space, LT_SOURCE_LIBTEST, n);
	/* The escape begins a colour. */
	if (BEGINS(text, "ignored") || BEGINS(text, "ok") || BEGINS(text, "FAILED") ||
	    text[0] == '\033')
		write_end(task, space_id, space, LT_SOURCE_LIBTEST);
}

static __always_inline void write_output(struct lt_task *task, __u32 space_id,
					 struct lt_space *space, __u32 n)
{
	char *text = task->test.texts;

	if (text[0] == '[')
		write_bracket(task, space_id, space, n);
	else if (space->libtest)
		write_libtest(task, space_id, space, n);
	else if (BEGINS(text, "\nrunning ") &&
		 (ENDS(text, n, " tests\n") || ENDS(text, n, " test\n")))
		space->libtest = LT_LIBTEST;
}

/* What Python's unittest has written last. */
enum {
	WRITTEN_OTHER = 0,
	WRITTEN_NAME,	/* "test_a (module.Class.test_a)" */
	WRITTEN_INDENT, /* "  ": what follows is about a part of the test */
	WRITTEN_PART,	/* the name of the part */
	WRITTEN_PART_DOTS,
};

struct word_search {
	const char *text;
	bool is_name;
};

static long word_try(__u32 i, void *data)
{
	struct word_search *search = data;
	const char *text = search->text + (i & (WRITE_BYTES - 1));

	search->is_name = i > 0 && text[0] == ' ' && text[1] == '(';
	return text[0] == ' ' || text[0] == '\0';
}

/* Whether a word and then " (" begin the text of the running thread. */
int written_is_name(void)
{
	struct word_search search = {};
	struct lt_task *task = task_get();

	if (!task)
		return 0;
	search.text = task->test.texts;
	bpf_loop(WRITE_BYTES - 2, word_try, &search, 0);
	return search.is_name;
}

/* With -v, unittest writes the name of a test, " ... " when it begins it, and then how it ended. */
static __always_inline void write_unittest(struct lt_task *task, __u32 space_id,
					   struct lt_space *space, __u32 n)
{
	char *text = task->test.texts;
	__u32 before = space->written;

	space->written = WRITTEN_OTHER;
	if (IS(text, n, " ... ")) {
		if (before == WRITTEN_NAME)
			write_begin(task, space_id, space, LT_SOURCE_UNITTEST, 0);
		else if (before == WRITTEN_PART)
			space->written = WRITTEN_PART_DOTS;
	} else if (IS(text, n, "  ")) {
		space->written = WRITTEN_INDENT;
	} else if (IS(text, n, "ok") || IS(text, n, "FAIL") || IS(text, n, "ERROR") ||
		   IS(text, n, "expected failure") || IS(text, n, "unexpected success") ||
		   BEGINS(text, "skipped ")) {
		if (before != WRITTEN_PART_DOTS)
			write_end(task, space_id, space, LT_SOURCE_UNITTEST);
	} else if (before == WRITTEN_INDENT) {
		space->written = WRITTEN_PART;
	} else if (written_is_name()) {
		space->written = WRITTEN_NAME;
		write_announce(task, space_id, space, LT_SOURCE_UNITTEST, n);
	}
}

int boundary_write(const struct lt_syscall *call)
{
	struct lt_space *space;
	struct lt_task *task;
	char *text;
	__u64 n;

	if (!call || call->args[0] < 1 || call->args[0] > 2 || call->result < 2)
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
	if (!space->runner && call->args[0] == 1)
		write_output(task, call->space, space, n);
	else if (!space->runner)
		write_unittest(task, call->space, space, n);
	else if (space->runner <= LT_MAX_RUNNERS &&
		 lt_runners[(space->runner - 1) & (LT_MAX_RUNNERS - 1)].announces &&
		 is_announcement(text))
		write_announce(task, call->space, space, space->runner, n);
	return 0;
}
