/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A result with something of everything that a recording holds, built in code; for tests and for
 * tests/recordings/make.c.
 */
#ifndef LT_TESTS_STORE_SAMPLE_H
#define LT_TESTS_STORE_SAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "model/result.h"

#define SECOND 1000000000ull

struct sample {
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
};

static inline void must(int r)
{
	if (r >= 0)
		return;
	fprintf(stderr, "the sample cannot be built: %s\n", strerror(-r));
	abort();
}

static inline char *must_copy(const char *text)
{
	char *copy = strdup(text);

	must(copy ? 0 : -ENOMEM);
	return copy;
}

/* Modules 1 to 4: a program, a library, the vdso, generated code. */
static inline void sample_modules(struct sample *sample)
{
	static const uint8_t build_id[BUILD_ID_MAX_BYTES] = { 0xab, 0xcd, 0x00, 0x01, 0xff };
	struct module *module;

	must(modules_intern(&sample->modules, MODULE_FILE, "/src/build/cache", build_id, 20,
			    &module));
	must(modules_intern(&sample->modules, MODULE_FILE, "/usr/lib/libc.so.6", build_id, 4,
			    &module));
	must(modules_intern(&sample->modules, MODULE_VDSO, "[vdso]", NULL, 0, &module));
	must(modules_intern(&sample->modules, MODULE_ANON, "[anon:71]", NULL, 0, &module));
}

static inline uint32_t sample_stack(struct sample *sample, uint32_t module, uint64_t offset,
				    size_t n, enum stack_end end)
{
	struct place places[8] = { 0 };
	struct stack *stack;

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ .module = module, .offset = offset + i };
	must(stacks_intern(&sample->stacks, places, n, end, &stack));
	return stack->id;
}

static inline void sample_symbol(struct sample *sample, uint64_t offset, uint32_t flags)
{
	struct place place = { .module = 1, .offset = offset, .flags = flags };
	_cleanup_free_ char *name =
		str_printf("function_%llx<int, std::string>", (unsigned long long)offset);
	struct frame frames[] = {
		{ .function = "inlined_one", .file = "src/a.c", .line = 3, .inlined = true },
		{ .function = name, .file = "src/b.c", .line = (uint32_t)offset },
	};

	must(symbols_add(&sample->symbols, &place, frames + (offset & 1), 2 - (offset & 1)));
}

static inline void sample_test(struct sample *sample, const char *suite, const char *name,
			       uint32_t epoch, uint32_t parent_epoch)
{
	_cleanup_free_ char *label = str_printf("%s.%s", suite ? suite : "", name);
	const struct test_begin begin = { .runner = suite ? "gtest" : "ctest",
					  .label = label,
					  .suite = suite,
					  .name = suite ? name : NULL,
					  .parent_epoch = parent_epoch,
					  .epoch = epoch,
					  .pid = 70 + epoch,
					  .begin_ns = 100 * SECOND + epoch,
					  .whole_process = !suite };
	struct test *test;
	uint32_t number;

	must(tests_add(&sample->result.tests, &begin, &number));
	test = tests_get(&sample->result.tests, number);
	test->end_ns = test->begin_ns + SECOND;
	test->counted = epoch & 1;
	test->totals = (struct totals){ .allocations = 5, .frees = 3, .outstanding_bytes = 77 };
	test->retained_bytes = 1 << epoch;
	test->retracted_blocks = epoch;
	test->peak_rss_bytes = 3 << 20;
	if (epoch == 3)
		must(test_set_reason(test, "it was killed by SIGSEGV"));
}

static inline void sample_process(struct sample *sample, uint32_t pid, uint32_t test)
{
	/* What is no UTF-8 stays what it is. */
	static char name[] = "/src/build/cache", option[] = "--fill";
	static char empty[] = "", odd[] = "caf\xe9";
	char *const argv[] = { name, option, empty, odd, NULL };
	struct process process = { .pid = pid,
				   .ppid = 70,
				   .exe = must_copy("/src/build/cache"),
				   .command = strv_copy(argv),
				   .start_ns = 100 * SECOND + pid,
				   .end_ns = 101 * SECOND,
				   .end = END_EXIT,
				   .wait_status = 0x700,
				   .peak_rss_bytes = 2 << 20,
				   .peak = { 3, 100 * SECOND + pid, 5000 + pid, 7, SECOND / 4 },
				   .allocator = "glibc",
				   .epoch = test,
				   .test = test };
	struct process_sample at = { 100 * SECOND, 1 << 20, 3, 1, 0, 0 };

	process.totals = (struct totals){ .allocations = 10, .frees = 4, .fds = 2, .judged = true };
	for (uint64_t i = 0; i < pid % 7; i++) {
		at.time_ns += SECOND / 4;
		at.rss_bytes += 4096 * i;
		at.outstanding_bytes = 100 * i;
		at.outstanding_known = i != 0;
		must(samples_add(&process.samples, &at));
	}
	must(vec_push(&sample->result.processes, process));
}

/* Ways in which a process can be unlike the others. */
static inline void sample_processes(struct sample *sample)
{
	struct process *list;

	for (uint32_t i = 0; i < 4; i++)
		sample_process(sample, 71 + i, i);
	list = sample->result.processes.items;
	list[1].end = END_EXEC;
	list[1].n_merged = 12;
	list[1].losses.counts[LOSS_BLOCKS_FULL] = 12;
	list[1].losses.counts[LOSS_UNJUDGED] = 1;
	list[2].end = END_RUNNING;
	list[2].end_ns = 0;
	list[2].inherited_command = list[2].command_cut = true;
	list[2].silent = "no known allocator was seen in it";
	list[3].wait_status = 9;
	list[3].unjudged = "it was killed";
	free(list[3].exe);
	strv_free(list[3].command);
	list[3].exe = NULL;
	list[3].command = NULL;
	list[3].allocator = NULL;
}

static inline void sample_hold(struct sample *sample, struct site_key key, uint64_t n,
			       const struct object *object)
{
	struct object one = *object;

	for (uint64_t i = 0; i < n; i++) {
		must(sites_add(&sample->result.sites, &key, &one, 100 * SECOND + i));
		one.address += 64;
	}
}

static inline void sample_memory(struct sample *sample)
{
	const struct object block = { .address = 0x7f0000001000, .bytes = 48 };
	struct site_key key = { .kind = KIND_MEMORY, .class = CLASS_LOST, .test = 1 };
	struct site *site;

	key.stack = sample_stack(sample, 1, 0x100, 5, STACK_COMPLETE);
	sample_hold(sample, key, 12, &block);
	key.class = CLASS_PEAK;
	key.test = 0;
	must(sites_add_amount(&sample->result.sites, &key, 7, 5071, 100 * SECOND + 71));
	key.class = CLASS_LOST;
	key.test = 1;
	site = sites_find(&sample->result.sites, &key);
	site->tree_blocks = 2;
	site->tree_bytes = 99;
	/* One that no call site has is not recorded. */
	sample_stack(sample, 2, 0x9000, 3, STACK_COMPLETE);
	for (int root = ROOT_GLOBAL; root < _ROOT_KIND_MAX; root++) {
		key.class = CLASS_REACHABLE;
		key.process = 1;
		key.stack = sample_stack(sample, 1, 0x200 + (uint64_t)root, 2, STACK_TRUNCATED);
		sample_hold(sample, key, 3, &block);
		site = sites_find(&sample->result.sites, &key);
		site->n_interior = 1;
		site->root = (struct root_place){ .kind = (enum root_kind)root,
						  .tid = 71,
						  .address = 0xffffffff81000000 + (unsigned)root,
						  .offset = 0x4040,
						  .module = root == ROOT_GLOBAL,
						  .name = root == ROOT_REGISTER ? "rax" : NULL };
	}
}

static inline void sample_others(struct sample *sample)
{
	static char target[] = "/tmp/cache.idx", flags[] = "O_RDWR|O_CLOEXEC", name[] = "worker";
	const struct object fd = { .address = 7, .target = target, .flags = flags };
	const struct object mapping = { .address = 0x7f0000000000, .bytes = 8192 };
	struct object thread = { .address = 72, .target = name };
	struct site_key key = { .process = 2, .kind = KIND_FD, .class = CLASS_LEAKED, .test = 2 };

	key.stack = sample_stack(sample, 4, 0xffff800000000000, 1, STACK_UNKNOWN_CODE);
	sample_hold(sample, key, 2, &fd);
	key.class = CLASS_AT_EXIT;
	key.stack = 0;
	sample_hold(sample, key, 1, &(struct object){ .address = 9 });
	key.kind = KIND_MAPPING;
	key.class = CLASS_OUTSTANDING;
	key.stack = sample_stack(sample, 2, 0x40, 4, STACK_FRAME_POINTER);
	sample_hold(sample, key, 1, &mapping);
	key.kind = KIND_THREAD;
	key.class = CLASS_LEAKED;
	key.test = 0;
	thread.routine = sample_stack(sample, 1, 0x333, 1, STACK_COMPLETE);
	sample_hold(sample, key, 1, &thread);
}

static inline void sample_growth(struct sample *sample)
{
	vec_foreach(item, &sample->result.sites.items) {
		for (uint64_t i = 0; i < (*item)->bytes % 5; i++)
			must(vec_push(&(*item)->growth, i * 1000));
	}
}

/* What two call sites held at the two marks; one of them in no other table. */
static inline void sample_mark_sites(struct sample *sample)
{
	const struct mark_amount amounts[] = { { 0, 100, 2 }, { 1, 0, 0 }, { 1, 0, 7 } };
	const struct site_key keys[] = {
		{ .stack = sample_stack(sample, 2, 0x7000, 2, STACK_COMPLETE) },
		{ .process = 1, .kind = KIND_FD },
	};
	struct mark_entry *entry = marks_entry(&sample->result.marks, &keys[0]);

	must(entry ? vec_push(&entry->changes, amounts[0]) : -1);
	must(vec_push(&entry->changes, amounts[1]));
	entry = marks_entry(&sample->result.marks, &keys[1]);
	must(entry ? vec_push(&entry->changes, amounts[2]) : -1);
}

static inline void sample_init(struct sample *sample, enum mode mode)
{
	static char name[] = "ctest", option[] = "-j", number[] = "2";
	char *const command[] = { name, option, number, NULL };
	struct result *result = &sample->result;

	memset(sample, 0, sizeof(*sample));
	must(modules_init(&sample->modules));
	must(stacks_init(&sample->stacks));
	symbols_init(&sample->symbols);
	result_init(result);
	result->mode = mode;
	result->kinds = (1u << _KIND_MAX) - 1;
	result->scanned = true;
	result->final = true;
	result->n_report = 1;
	result->exit_status = mode == MODE_RUN ? 8 : -1;
	if (mode == MODE_RUN)
		must(result_set_command(result, command));
	result->kernel = must_copy("6.1.0");
	result->started_unix_ns = 1700000000000000042ull;
	result->started_ns = 99 * SECOND;
	result->now_ns = 103 * SECOND;
	result->modules = &sample->modules;
	result->stacks = &sample->stacks;
	result->symbols = &sample->symbols;
	result->totals = (struct totals){ .allocations = 40, .judged = true, .lost_bytes = 576 };
	result->losses.counts[LOSS_BLOCKS_FULL] = 12;
	result->losses.counts[LOSS_EVENTS_FULL] = 1;
	must(result_note(result, "a library could not be probed"));
	must(result_note(result, "100%% of %s", "it"));
	must(suppressions_parse(&result->suppressions, "known", "leak:x\n\nfd:*.so\n", 15, NULL));
	result->baseline.file = must_copy("old.ltdb");
	for (uint64_t i = 0; i < 3; i++)
		must(vec_push(&result->baseline.known, UINT64_MAX / 3 * i));
	must(vec_push(&result->marks.items,
		      ((struct mark_point){ must_copy("warm \"up\""), 100 * SECOND, false })));
	must(vec_push(&result->marks.items,
		      ((struct mark_point){ must_copy("2 s"), 101 * SECOND, true })));
	sample_mark_sites(sample);
	sample_modules(sample);
	sample_test(sample, NULL, "storage", 1, 0);
	sample_test(sample, "Cache", "Evict", 2, 1);
	sample_test(sample, "Cache", "Crash", 3, 1);
	sample_processes(sample);
	sample_memory(sample);
	sample_others(sample);
	if (mode == MODE_ATTACH)
		sample_growth(sample);
	for (uint64_t offset = 0x100; offset < 0x105; offset++)
		sample_symbol(sample, offset, 0);
	sample_symbol(sample, 0x4040, PLACE_DATA);
}

static inline void sample_done(struct sample *sample)
{
	result_done(&sample->result);
	symbols_done(&sample->symbols);
	stacks_done(&sample->stacks);
	modules_done(&sample->modules);
}

#endif
