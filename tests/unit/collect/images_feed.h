/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds collect/images with records as the perf rings and the programs would send them. Every
 * event is in memory of exactly its size, so that a read beyond it is seen. To be included by
 * one test file.
 */
#ifndef LT_TESTS_IMAGES_FEED_H
#define LT_TESTS_IMAGES_FEED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/images.h"

/* Pids that no kernel gives out, so that procfs has nothing on them. */
enum { CHILD_PID = 1 << 23, OTHER_PID };

enum { MAX_RAW_PCS = 3 };

/* When spaces begin, and when their files are mapped. */
enum { FEED_SPACE_NS = 1000, FEED_MAP_NS = 20000 };

struct feed {
	struct images images;
	struct result result;
	struct modules modules;
	struct stacks stacks;
	struct lt_space *spaces;
	/* What the callbacks were asked, and what they answer. */
	int n_mapped;
	pid_t mapped_pid;
	struct image_module mapped_answer;
	struct image_module loader_answer;
	int n_raw;
	uint32_t raw_bytes;
	int n_tables;
	uint64_t table_offset;
	const struct module *table_module;
	int table_answer;
	bool key_answer; /* the kernel's name of a file can be told beforehand */
	int n_published;
	struct lt_module_key published;
	int n_test_signals;
	char test_texts[2][64];
	struct test_signal test_signal;
	int n_test_processes;
	uint32_t last_test_process;
};

static struct feed feed;

static inline struct image_module feed_mapped(void *data, struct module *module, pid_t pid)
{
	struct feed *f = data;

	f->n_mapped++;
	f->mapped_pid = pid;
	if (strstr(module->path, "libc"))
		return (struct image_module){ .allocator = "glibc" };
	if (strstr(module->path, "alloc"))
		return f->mapped_answer;
	if (strstr(module->path, "runtime"))
		return (struct image_module){ .hides = "objects are elsewhere" };
	if (strstr(module->path, "/ld"))
		return f->loader_answer;
	return (struct image_module){ 0 };
}

/* "Unwinds" to the first words of the copied stack. */
static inline size_t feed_unwind(void *data, const struct mappings *mappings,
				 const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
				 enum lt_stack_end *ret_end)
{
	struct feed *f = data;
	size_t n = raw->n_bytes / sizeof(*pcs);

	assert_non_null(mappings);
	if (n > max)
		n = max;
	if (n > MAX_RAW_PCS)
		n = MAX_RAW_PCS;
	f->n_raw++;
	f->raw_bytes = raw->n_bytes;
	memcpy(pcs, raw->bytes, n * sizeof(*pcs));
	*ret_end = LT_STACK_COMPLETE;
	return n;
}

static inline int feed_table(void *data, const struct module *module, uint64_t offset,
			     struct lt_module *ret)
{
	struct feed *f = data;

	f->n_tables++;
	f->table_module = module;
	f->table_offset = offset;
	*ret = (struct lt_module){ .first_granule = 5 };
	return f->table_answer;
}

static inline bool feed_key(void *data, const struct module *module, uint64_t offset,
			    struct lt_module_key *ret)
{
	const struct feed *f = data;

	*ret = (struct lt_module_key){ .ino = strlen(module->path), .offset = offset };
	return f->key_answer;
}

/* Nothing is kept by these programs. */
static inline void feed_known_drop(void *data, const uint64_t *keys, size_t n)
{
	(void)data;
	(void)keys;
	(void)n;
}

static inline void feed_publish(void *data, const struct lt_module_key *key,
				const struct lt_module *table)
{
	struct feed *f = data;

	assert_non_null(table);
	f->n_published++;
	f->published = *key;
	assert_int_equal(table->first_granule, 5);
}

static inline int feed_test_signal(void *data, const struct test_signal *signal)
{
	struct feed *f = data;

	f->n_test_signals++;
	f->test_signal = *signal;
	for (int i = 0; i < 2; i++) {
		snprintf(f->test_texts[i], sizeof(f->test_texts[i]), "%s",
			 signal->texts[i] ? signal->texts[i] : "(none)");
	}
	return 0;
}

static inline int feed_test_process(void *data, uint32_t process)
{
	struct feed *f = data;

	f->last_test_process = process;
	f->n_test_processes++;
	return 0;
}

static inline int feed_setup(void **state)
{
	struct images_options options = {
		.follow = true,
		.result = &feed.result,
		.modules = &feed.modules,
		.stacks = &feed.stacks,
		.module_mapped = feed_mapped,
		.unwind_raw = feed_unwind,
		.module_table = feed_table,
		.module_key = feed_key,
		.test_data = &feed,
		.test_signal = feed_test_signal,
		.test_process = feed_test_process,
		.module_publish = feed_publish,
		.known_drop = feed_known_drop,
		.publish_data = &feed,
		.data = &feed,
	};

	(void)state;
	feed = (struct feed){ 0 };
	result_init(&feed.result);
	feed.spaces = calloc(LT_MAX_SPACES, sizeof(*feed.spaces));
	if (!feed.spaces || modules_init(&feed.modules) < 0 || stacks_init(&feed.stacks) < 0)
		return -1;
	images_init(&feed.images, &options);
	return 0;
}

static inline int feed_teardown(void **state)
{
	(void)state;
	images_done(&feed.images);
	result_done(&feed.result);
	stacks_done(&feed.stacks);
	modules_done(&feed.modules);
	free(feed.spaces);
	return 0;
}

static inline void feed_record(const struct record *record)
{
	images_apply(&feed.images, record, feed.spaces);
}

/* The first N bytes of an event. */
static inline void feed_event(const void *event, size_t n)
{
	void *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, event, n);
	feed_record(&(struct record){
		.kind = RECORD_EVENT, .payload_bytes = (uint32_t)n, .payload = copy });
	free(copy);
}

static inline void feed_map(uint32_t pid, uint64_t start, uint64_t end, uint64_t offset,
			    const char *path)
{
	feed_record(&(struct record){ .kind = RECORD_MAP,
				      .time_ns = FEED_MAP_NS,
				      .pid = pid,
				      .start = start,
				      .end = end,
				      .offset = offset,
				      .payload = (void *)path });
}

static inline void feed_pids(enum record_kind kind, uint32_t pid, uint32_t parent)
{
	feed_record(&(struct record){ .kind = kind, .pid = pid, .parent = parent });
}

/* What the programs note when they make a space. */
static inline void feed_space(uint32_t space, uint32_t tgid, uint32_t ppid, uint32_t parent_space)
{
	feed.spaces[space] = (struct lt_space){ .state = LT_SPACE_LIVE,
						.users = 1,
						.tgid = tgid,
						.ppid = ppid,
						.parent_space = parent_space,
						.start_ns = FEED_SPACE_NS + space };
}

static inline void feed_exec(uint32_t space, const char *args, size_t n)
{
	_cleanup_free_ struct lt_event_process *event = calloc(1, sizeof(*event) + n);

	assert_non_null(event);
	event->event.type = LT_EVENT_EXEC;
	event->event.space = space;
	event->args_bytes = event->n_args = (uint32_t)n;
	memcpy(event->args, args, n);
	feed_event(event, sizeof(*event) + n);
}

static inline void feed_fork(uint32_t space)
{
	feed_event(&(struct lt_event_process){ .event.type = LT_EVENT_FORK, .event.space = space },
		   sizeof(struct lt_event_process));
}

static inline void feed_end(uint32_t space)
{
	feed.spaces[space].state = LT_SPACE_ENDED;
	feed_event(&(struct lt_event){ .type = LT_EVENT_END, .space = space },
		   sizeof(struct lt_event));
}

static inline void feed_stack(uint32_t space, uint32_t index, enum lt_stack_end end,
			      const uint64_t *pcs, uint16_t n)
{
	size_t bytes = sizeof(struct lt_event_stack) + n * sizeof(*pcs);
	_cleanup_free_ struct lt_event_stack *event = calloc(1, bytes);

	assert_non_null(event);
	event->event.type = LT_EVENT_STACK;
	event->event.space = space;
	event->hash = 0x1234500 + index;
	event->index = index;
	event->n = n;
	event->end = (uint8_t)end;
	memcpy(event->pcs, pcs, n * sizeof(*pcs));
	feed_event(event, bytes);
}

/* A process of this test's own pid, which procfs knows, begins a program in SPACE. */
static inline void feed_command(uint32_t space)
{
	static const char args[] = "prog\0-x";
	uint32_t pid = (uint32_t)getpid();

	assert_int_equal(images_watch(&feed.images, getpid()), 0);
	feed_pids(RECORD_EXEC_MAPS, pid, 0);
	feed_map(pid, 0x401000, 0x402000, 0x1000, "/opt/prog");
	feed_map(pid, 0x7f0000001000, 0x7f0000101000, 0x1000, "/lib/libc.so.6");
	feed_map(pid, 0x7ffff7fc0000, 0x7ffff7fc2000, 0, "[vdso]");
	feed_map(pid, 0x500000, 0x501000, 0, "[anon]");
	feed_space(space, pid, 1, 0);
	feed_exec(space, args, sizeof(args));
}

static inline const struct process *feed_process(size_t i)
{
	assert_true(i < feed.result.processes.n);
	return &feed.result.processes.items[i];
}

/* The stack that an image has under INDEX. */
static inline const struct stack *feed_stack_of(uint32_t space, uint32_t index)
{
	assert_non_null(feed.images.by_space[space]);
	return stacks_get(&feed.stacks, image_stack(feed.images.by_space[space], index));
}

static inline const struct place *feed_place(const struct stack *stack, uint32_t i)
{
	return stacks_place(&feed.stacks, stack, i);
}

static inline void check_place(const struct stack *stack, uint32_t i, const char *path,
			       uint64_t offset)
{
	assert_true(i < stack->n);
	assert_string_equal(modules_get(&feed.modules, feed_place(stack, i)->module)->path, path);
	assert_int_equal(feed_place(stack, i)->offset, offset);
}

#define FEED_TEST(f) cmocka_unit_test_setup_teardown(f, feed_setup, feed_teardown)

#endif
