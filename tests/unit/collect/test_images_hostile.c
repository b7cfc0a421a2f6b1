// SPDX-License-Identifier: BSD-2-Clause
/*
 * Events that are cut, that lie about their sizes, or that are noise: nothing is read beyond
 * them (the sanitizers watch), and nothing is made of what is not there.
 */
#include "images_feed.h"

static const uint64_t prog_pc[] = { 0x401234 };

/* Each event, cut at each byte, for a space that has an image already. */
static void test_cut(void **state)
{
	union {
		struct lt_event event;
		struct lt_event_process process;
		struct lt_event_stack stack;
		struct lt_event_raw raw;
		struct lt_event_module module;
		uint8_t bytes[256];
	} u;
	static const struct {
		uint32_t type;
		size_t least; /* with fewer bytes nothing may come of it */
	} cases[] = {
		{ LT_EVENT_STACK, sizeof(struct lt_event_stack) + 4 * 8 },
		{ LT_EVENT_RAW, sizeof(struct lt_event_raw) + 16 },
		{ LT_EVENT_MODULE, sizeof(struct lt_event_module) },
	};

	(void)state;
	feed_command(1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&u, 0, sizeof(u));
		u.event = (struct lt_event){ .type = cases[i].type, .space = 1 };
		if (cases[i].type == LT_EVENT_STACK) {
			u.stack.index = 1;
			u.stack.n = 4;
		} else if (cases[i].type == LT_EVENT_RAW) {
			u.raw.index = 2;
			u.raw.n_bytes = 16;
		} else {
			u.module.start = 0x401000;
		}
		for (size_t n = 0; n < cases[i].least; n++)
			feed_event(&u, n);
		assert_int_equal(feed.images.by_space[1]->stacks.n, i == 0 ? 0 : i + 1);
		assert_int_equal(feed.n_raw, i > 1);
		assert_int_equal(feed.n_tables, 0);
		feed_event(&u, cases[i].least);
	}
	assert_int_equal(feed_stack_of(1, 1)->n, 4);
	assert_int_equal(feed_stack_of(1, 2)->n, 2);
	assert_int_equal(feed.n_raw, 1);
	assert_int_equal(feed.n_tables, 1);
	assert_int_equal(feed.images.n_without_memory, 0);
}

/* Events that make an image, cut before their end: none of them may. */
static void test_cut_headers(void **state)
{
	static const uint32_t types[] = { LT_EVENT_FORK,  LT_EVENT_EXEC, LT_EVENT_END,
					  LT_EVENT_STACK, LT_EVENT_RAW,	 LT_EVENT_MODULE };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct lt_event event = { .type = types[i], .space = 1 };

		for (size_t n = 0; n < sizeof(event); n++)
			feed_event(&event, n);
	}
	assert_int_equal(feed.result.processes.n, 0);
	assert_null(feed.images.by_space[1]);
}

static void test_cut_exec(void **state)
{
	union {
		struct lt_event_process process;
		uint8_t bytes[sizeof(struct lt_event_process) + 8];
	} u = { .process.event = { .type = LT_EVENT_EXEC, .space = 1 } };

	(void)state;
	feed_space(1, CHILD_PID, 1, 0);
	u.process.args_bytes = u.process.n_args = 8;
	memcpy(u.process.args, "ab\0cde\0", 8);
	for (size_t n = 0; n < sizeof(u); n++)
		feed_event(&u, n);
	u.process.n_args = u.process.args_bytes = UINT32_MAX;
	feed_event(&u, sizeof(u));
	u.process.n_args = u.process.args_bytes = 9;
	feed_event(&u, sizeof(u));
	assert_int_equal(feed.result.processes.n, 1);
	assert_null(feed_process(0)->command);

	/* A part of a long argv, of a process that cannot be asked for the rest. */
	u.process.n_args = 8;
	u.process.args_bytes = 5000;
	feed_event(&u, sizeof(u));
	assert_string_equal(feed_process(0)->command[0], "ab");
	assert_string_equal(feed_process(0)->command[1], "cde");
	assert_string_equal(feed_process(0)->command[2], "");
	assert_null(feed_process(0)->command[3]);
	assert_true(feed_process(0)->command_cut);
}

/* No argv at all: the kernel has allowed it for long. */
static void test_empty_argv(void **state)
{
	(void)state;
	feed_space(1, CHILD_PID, 1, 0);
	feed_exec(1, "", 0);
	assert_non_null(feed_process(0)->command);
	assert_null(feed_process(0)->command[0]);
	feed_end(1);
}

static void test_sizes(void **state)
{
	union {
		struct lt_event_stack stack;
		uint8_t bytes[sizeof(struct lt_event_stack) + 8 * 8];
	} u = { .stack.event = { .type = LT_EVENT_STACK, .space = 1 }, .stack.index = 1 };
	const uint32_t indexes[] = { LT_STACK_MAX + 1, UINT32_MAX };
	const uint16_t ns[] = { 9, LT_MAX_FRAMES, LT_MAX_FRAMES + 1, UINT16_MAX };

	(void)state;
	feed_command(1);
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		u.stack.n = ns[i];
		feed_event(&u, sizeof(u));
	}
	u.stack.n = 8;
	for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		u.stack.index = indexes[i];
		feed_event(&u, sizeof(u));
	}
	assert_int_equal(feed.images.by_space[1]->stacks.n, 0);
	assert_int_equal(feed.images.by_space[1]->hashes.n, 0);
}

/* As many frames as the contract allows, and one more in an event that does hold them. */
static void test_most_frames(void **state)
{
	uint64_t pcs[LT_MAX_FRAMES + 1];

	(void)state;
	for (size_t i = 0; i < LT_MAX_FRAMES + 1; i++)
		pcs[i] = 0x401000 + i;
	feed_command(1);
	feed_stack(1, 1, LT_STACK_TRUNCATED, pcs, LT_MAX_FRAMES);
	assert_int_equal(feed_stack_of(1, 1)->n, LT_MAX_FRAMES);
	check_place(feed_stack_of(1, 1), LT_MAX_FRAMES - 1, "/opt/prog",
		    0x1000 + LT_MAX_FRAMES - 1);
	feed_stack(1, 2, LT_STACK_TRUNCATED, pcs, LT_MAX_FRAMES + 1);
	assert_int_equal(image_stack(feed.images.by_space[1], 2), 0);
	feed_stack(1, 3, LT_STACK_COMPLETE, pcs, 0);
	assert_int_equal(feed_stack_of(1, 3)->n, 0);
}

static void test_spaces(void **state)
{
	static const uint32_t spaces[] = { 0, LT_MAX_SPACES, LT_MAX_SPACES + 1, 1u << 31,
					   UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		struct lt_event event = { .type = LT_EVENT_END, .space = spaces[i] };

		feed_stack(spaces[i], 1, LT_STACK_COMPLETE, prog_pc, 1);
		feed_exec(spaces[i], "x", 2);
		feed_fork(spaces[i]);
		feed_event(&event, sizeof(event));
	}
	assert_int_equal(feed.result.processes.n, 0);
	assert_int_equal(feed.images.n_live, 0);

	/* A fork from a space that there cannot be. */
	feed_space(1, CHILD_PID, 1, UINT32_MAX);
	feed_fork(1);
	assert_null(feed_process(0)->command);
	feed_space(2, OTHER_PID, 1, LT_MAX_SPACES);
	feed_fork(2);
	assert_null(feed_process(1)->command);
}

/* --- stacks and modules that programs ask user space about --- */

static void feed_raw(uint32_t index, uint32_t n_bytes, const uint64_t *words, size_t n_words)
{
	size_t n = sizeof(struct lt_event_raw) + n_words * sizeof(*words);
	_cleanup_free_ struct lt_event_raw *event = calloc(1, n);

	assert_non_null(event);
	event->event = (struct lt_event){ .type = LT_EVENT_RAW, .space = 1 };
	event->index = index;
	event->n_bytes = n_bytes;
	memcpy(event->bytes, words, n_words * sizeof(*words));
	feed_event(event, n);
}

static void test_raw(void **state)
{
	static const uint64_t words[] = { 0x401010, 0x7f0000001020 };
	static const uint32_t lies[] = { 17, 1 << 20, UINT32_MAX - 7, UINT32_MAX };

	(void)state;
	feed_command(1);
	feed_raw(4, 16, words, 2);
	assert_int_equal(feed.n_raw, 1);
	assert_int_equal(feed.raw_bytes, 16);
	assert_int_equal(feed_stack_of(1, 4)->end, STACK_COMPLETE);
	check_place(feed_stack_of(1, 4), 0, "/opt/prog", 0x1010);
	check_place(feed_stack_of(1, 4), 1, "/lib/libc.so.6", 0x1020);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		feed_raw(5, lies[i], words, 2);
	feed_raw(LT_STACK_MAX + 1, 16, words, 2);
	assert_int_equal(feed.n_raw, 1);
	assert_int_equal(image_stack(feed.images.by_space[1], 5), 0);
	/* Fewer than there are is right. */
	feed_raw(6, 8, words, 2);
	assert_int_equal(feed_stack_of(1, 6)->n, 1);
}

static void test_module(void **state)
{
	struct lt_event_module event = {
		.event = { .type = LT_EVENT_MODULE, .space = 1 },
		.key = { .ino = 7, .offset = 0x1000, .dev = 3 },
		.start = 0x401000,
	};

	(void)state;
	feed_command(1);
	feed_event(&event, sizeof(event));
	assert_int_equal(feed.n_tables, 1);
	assert_int_equal(feed.table_offset, 0x1000);
	assert_string_equal(feed.table_module->path, "/opt/prog");
	assert_int_equal(feed.n_published, 1);
	assert_memory_equal(&feed.published, &event.key, sizeof(event.key));

	/* Nothing is mapped there: nothing is told to the programs. */
	event.start = 0x300000;
	feed_event(&event, sizeof(event));
	assert_int_equal(feed.n_tables, 1);
	/* No memory for the table: that is counted, and nothing is told either. */
	event.start = 0x401000;
	feed.table_answer = -ENOMEM;
	feed_event(&event, sizeof(event));
	assert_int_equal(feed.n_published, 1);
	assert_int_equal(feed.images.n_without_memory, 1);
}

/* --- noise --- */

static uint64_t random_state = 1;

static uint64_t random_next(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return random_state >> 16;
}

/*
 * Random bytes under headers that are right more often than not. FORK and EXEC are left out: of
 * those the programs send one for each space, never two.
 */
static void test_noise(void **state)
{
	static const uint32_t types[] = { LT_EVENT_END, LT_EVENT_STACK, LT_EVENT_GROW, LT_EVENT_RAW,
					  LT_EVENT_MODULE };
	union {
		struct lt_event event;
		struct lt_event_stack stack;
		struct lt_event_raw raw;
		uint64_t words[60];
	} u;

	(void)state;
	feed_command(1);
	for (int i = 0; i < 50000; i++) {
		uint64_t r = random_next();

		for (size_t w = 0; w < sizeof(u) / 8; w++)
			u.words[w] = random_next() * 0x9e3779b97f4a7c15ull;
		u.event.type = r % 8 ? types[(r >> 3) % 5] : (uint32_t)r | 1u << 20;
		u.event.space = (r >> 8) % 16 ? (r >> 8) % 20 : u.event.space;
		if (u.event.type == LT_EVENT_STACK) {
			u.stack.index %= 5000;
			u.stack.n %= 80;
		} else if (u.event.type == LT_EVENT_RAW) {
			u.raw.index %= 5000;
			u.raw.n_bytes %= 512;
		}
		feed_event(&u, r % 5 ? sizeof(u) : random_next() % sizeof(u));
	}
	/* At most one process for each space, besides those of spaces far off. */
	assert_in_range(feed.result.processes.n, 1, 4000);
	assert_int_equal(feed.images.n_without_memory, 0);
	assert_in_range(feed.n_raw, 100, 50000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(test_cut),	  FEED_TEST(test_cut_headers),
		FEED_TEST(test_cut_exec), FEED_TEST(test_empty_argv),
		FEED_TEST(test_sizes),	  FEED_TEST(test_most_frames),
		FEED_TEST(test_spaces),	  FEED_TEST(test_raw),
		FEED_TEST(test_module),	  FEED_TEST(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
