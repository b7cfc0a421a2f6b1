/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results built in code for the tests of the report formats: a small cache program with three
 * functions, one of them inlined, and ways to write a report into a string.
 */
#ifndef LT_TESTS_REPORT_SAMPLE_H
#define LT_TESTS_REPORT_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "report/report.h"

#define SECOND 1000000000ull

/* Offsets in the program of the sample; each is a place with known frames. */
enum {
	AT_INSERT = 0x1100, /* cache_insert, inlined into cache_fill */
	AT_EVICT = 0x1200,  /* test_evict */
	AT_MAIN = 0x1300,   /* main */
	AT_NO_LINE = 0x1400,
	AT_UNKNOWN = 0x1500,
};

struct sample {
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
	uint32_t program; /* module ids */
	uint32_t libc;
};

static inline void sample_symbol(struct sample *sample, uint64_t offset, const struct frame *frames,
				 size_t n)
{
	struct place place = { .module = sample->program, .offset = offset };

	assert_int_equal(symbols_add(&sample->symbols, &place, frames, n), 0);
}

static inline uint32_t sample_module(struct sample *sample, enum module_kind kind, const char *path)
{
	static const uint8_t build_id[] = { 0xab, 0xcd, 0xef, 0x01 };
	struct module *module;
	size_t n = kind == MODULE_FILE ? sizeof(build_id) : 0;

	assert_int_equal(modules_intern(&sample->modules, kind, path, build_id, n, &module), 0);
	return module->id;
}

static inline void sample_symbols(struct sample *sample)
{
	const struct frame insert[] = {
		{ .function = "cache_insert", .file = "src/cache.c", .line = 88, .inlined = true },
		{ .function = "cache_fill", .file = "src/cache.c", .line = 120 },
	};
	const char *file = "tests/unit/storage/test_cache.c";
	const struct frame evict = { "test_evict", file, 41, false, "/src" };
	const struct frame main_frame = { "main", file, 90, false, "/src" };
	const struct frame no_line = { .function = "index_open" };
	const struct frame unknown = { 0 };

	sample_symbol(sample, AT_INSERT, insert, 2);
	sample_symbol(sample, AT_EVICT, &evict, 1);
	sample_symbol(sample, AT_MAIN, &main_frame, 1);
	sample_symbol(sample, AT_NO_LINE, &no_line, 1);
	sample_symbol(sample, AT_UNKNOWN, &unknown, 1);
}

static inline void sample_init(struct sample *sample, enum mode mode)
{
	struct result *result = &sample->result;

	assert_int_equal(modules_init(&sample->modules), 0);
	assert_int_equal(stacks_init(&sample->stacks), 0);
	symbols_init(&sample->symbols);
	result_init(result);
	sample->program = sample_module(sample, MODULE_FILE, "/src/build/cache");
	sample->libc = sample_module(sample, MODULE_FILE, "/usr/lib/libc.so.6");
	sample_symbols(sample);
	result->mode = mode;
	result->final = mode == MODE_RUN;
	result->n_report = mode == MODE_ATTACH;
	result->exit_status = mode == MODE_RUN ? 0 : -1;
	result->kernel = strdup("6.1.0");
	result->started_unix_ns = 1700000000000000042ull;
	result->started_ns = 100 * SECOND;
	result->now_ns = 101 * SECOND + 800000000;
	result->modules = &sample->modules;
	result->stacks = &sample->stacks;
	result->symbols = &sample->symbols;
}

static inline void sample_done(struct sample *sample)
{
	result_done(&sample->result);
	symbols_done(&sample->symbols);
	stacks_done(&sample->stacks);
	modules_done(&sample->modules);
}

static inline char **sample_argv(const char *first, const char *second)
{
	char **argv = calloc(3, sizeof(*argv));

	assert_non_null(argv);
	argv[0] = strdup(first);
	argv[1] = second ? strdup(second) : NULL;
	return argv;
}

/* Adds a process that made 10 allocations, exited with 0 and had 2 MiB of memory. */
static inline struct process *sample_process(struct sample *sample, uint32_t pid, const char *name)
{
	struct process process = {
		.pid = pid,
		.ppid = 1,
		.exe = strdup("/src/build/cache"),
		.command = sample_argv(name, "--once"),
		.start_ns = 100 * SECOND,
		.end_ns = sample->result.mode == MODE_RUN ? 101 * SECOND : 0,
		.end = sample->result.mode == MODE_RUN ? END_EXIT : END_RUNNING,
		.peak_rss_bytes = 2 << 20,
		.allocator = "glibc",
		.totals = { .allocations = 10, .frees = 10 },
	};

	assert_int_equal(vec_push(&sample->result.processes, process), 0);
	return &sample->result.processes.items[sample->result.processes.n - 1];
}

/* A stack of N places in the program. */
static inline uint32_t sample_stack(struct sample *sample, enum stack_end end,
				    const uint64_t *offsets, size_t n)
{
	struct place places[64] = { 0 };
	struct stack *stack;

	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ .module = sample->program, .offset = offsets[i] };
	assert_int_equal(stacks_intern(&sample->stacks, places, n, end, &stack), 0);
	return stack->id;
}

/* N_BLOCKS of BYTES each, held by the process with this index; the oldest is 1.2 s old. */
static inline struct site *sample_site(struct sample *sample, uint32_t process, uint32_t stack,
				       uint64_t n_blocks, uint64_t bytes)
{
	struct site_key key = { .process = process, .stack = stack };
	struct totals *totals = &sample->result.processes.items[process].totals;

	for (uint64_t i = 0; i < n_blocks; i++) {
		struct object object = { .address = 0x5000 + 0x100 * i, .bytes = bytes };

		assert_int_equal(sites_add(&sample->result.sites, &key, &object,
					   sample->result.now_ns - 1200000000 + i),
				 0);
	}
	totals->outstanding_blocks += n_blocks;
	totals->outstanding_bytes += n_blocks * bytes;
	totals->frees -= n_blocks;
	return sites_find(&sample->result.sites, &key);
}

/* Three ended threads that nobody has joined, one of them with a name and a routine. */
static inline void sample_threads(struct sample *sample)
{
	const uint64_t insert = AT_INSERT, routine = AT_EVICT;
	struct site_key key = { .stack = sample_stack(sample, STACK_COMPLETE, &insert, 1),
				.kind = KIND_THREAD,
				.class = CLASS_LEAKED };
	struct object threads[] = {
		{ .address = 1240,
		  .target = (char *)"worker",
		  .routine = sample_stack(sample, STACK_COMPLETE, &routine, 1) },
		{ .address = 1241 },
		{ .address = 1242 },
	};

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(sites_add(&sample->result.sites, &key, &threads[i],
					   sample->result.now_ns),
				 0);
	sample->result.kinds |= 1u << KIND_THREAD;
	sample->result.processes.items[0].totals.threads = 3;
}

/* Adds a test that ran for half a second in a process of its own; returns its number. */
static inline uint32_t sample_test(struct sample *sample, const char *suite, const char *name)
{
	struct tests *tests = &sample->result.tests;
	struct test_begin begin = {
		.runner = "ctest",
		.label = name,
		.suite = suite,
		.epoch = 1 + (uint32_t)tests->items.n,
		.pid = 1236,
		.begin_ns = 100 * SECOND,
		.whole_process = true,
	};
	struct test *test;
	uint32_t number;

	assert_int_equal(tests_add(tests, &begin, &number), 0);
	test = tests_get(tests, number);
	test->end_ns = test->begin_ns + SECOND / 2;
	test->counted = true;
	test->peak_rss_bytes = 1 << 20;
	return number;
}

/* Makes SITE one of the test with this number. */
static inline void sample_move_to_test(struct sample *sample, struct site *site, uint32_t number)
{
	HASH_DEL(sample->result.sites.by_key, site);
	site->key.test = number;
	HASH_ADD(hh, sample->result.sites.by_key, key, sizeof(site->key), site);
}

/* Adds up and judges, as the collector and the command do before a report. */
static inline void sample_finish(struct sample *sample, uint32_t fail_classes)
{
	struct result *result = &sample->result;

	result->totals = (struct totals){ 0 };
	vec_foreach(process, &result->processes) {
		totals_add(&result->totals, &process->totals);
		losses_add(&result->losses, &process->losses);
	}
	result_count_tests(result);
	result_judge(result, &(struct fail_on){ { [KIND_MEMORY] = fail_classes } });
}

/* The whole report as a string, to be freed. */
static inline char *sample_write(const struct sample *sample, const char *format,
				 const struct report_options *options)
{
	const struct report_format *found = report_format_find(format);
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(found);
	assert_non_null(to);
	assert_int_equal(found->write(&sample->result, options, to), 0);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(strlen(text), n);
	return text;
}

/*
 * The report must be what is in tests/golden/NAME, to the last byte. "make golden" writes that
 * file; its changes are then for a person to look at.
 */
static inline void assert_golden(const char *name, const char *report)
{
	_cleanup_free_ char *path = str_printf("tests/golden/%s", name), *expected = NULL;
	const char *how = getenv("LEAKTRACE_TEST_GOLDEN");

	assert_non_null(path);
	if (how && strcmp(how, "rewrite") == 0) {
		FILE *to = fopen(path, "w");

		assert_non_null(to);
		assert_true(fputs(report, to) >= 0);
		assert_int_equal(fclose(to), 0);
	}
	if (str_read_file(path, 1 << 20, &expected, NULL) < 0)
		fail_msg("%s is not here: start from the project's root", path);
	assert_string_equal(report, expected);
}

/* A descriptor that has leaked, and how the first process went over time, with its peak. */
static inline void sample_fds(struct sample *sample)
{
	struct process_sample moment = { .time_ns = 10, .rss_bytes = 4096, .n_fds = 4 };
	char target[] = "/tmp/x", flags[] = "O_RDWR";
	struct object object = { .address = 7, .target = target, .flags = flags };
	struct site_key key = { .kind = KIND_FD, .class = CLASS_LEAKED };
	struct result *result = &sample->result;

	assert_int_equal(samples_add(&result->processes.items[0].samples, &moment), 0);
	result->processes.items[0].peak.n_looks = 1;
	assert_int_equal(sites_add(&result->sites, &key, &object, 1), 0);
}

#endif
