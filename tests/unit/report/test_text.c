// SPDX-License-Identifier: BSD-2-Clause
/* The text report, whole and byte for byte: what a user sees in each situation. */
#include "report/sample.h"

#include <signal.h>

static const struct report_options plain = { .top = 10, .error_exitcode = 23 };

static const uint64_t to_insert[] = { AT_INSERT, AT_EVICT, AT_MAIN };
static const uint64_t to_evict[] = { AT_EVICT, AT_MAIN };

#define LEAK_BIT (1u << CLASS_OUTSTANDING)

#define OUTSTANDING_NOTE                                                                           \
	"note: outstanding is what was not released; lost and still reachable memory are not "     \
	"told apart\n"

static void expect(struct sample *sample, uint32_t fail_classes,
		   const struct report_options *options, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	sample_finish(sample, fail_classes);
	text = sample_write(sample, "text", options);
	assert_string_equal(text, expected);
}

static uint32_t insert_stack(struct sample *sample)
{
	return sample_stack(sample, STACK_COMPLETE, to_insert, 3);
}

static uint32_t evict_stack(struct sample *sample)
{
	return sample_stack(sample, STACK_COMPLETE, to_evict, 2);
}

static void test_empty(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	expect(&sample, 0, &plain,
	       "leaktrace: 0 processes, 0 allocations, 0 frees, 1.8 s; nothing was missed\n"
	       "leaktrace: nothing outstanding: no allocation was made\n");
}

static void test_clean(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "./cache")->totals =
		(struct totals){ .allocations = 1, .frees = 1 };
	expect(&sample, LEAK_BIT, &plain,
	       "leaktrace: 1 process, 1 allocation, 1 free, 1.8 s; nothing was missed\n"
	       "leaktrace: nothing outstanding\n");

	sample.result.exit_status = 1;
	expect(&sample, LEAK_BIT, &plain,
	       "leaktrace: 1 process, 1 allocation, 1 free, 1.8 s; nothing was missed\n"
	       "leaktrace: nothing outstanding (exit status 1 of the command)\n");
}

static void test_one_process(void **state)
{
	static const uint64_t vague[] = { AT_NO_LINE, AT_UNKNOWN, AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "./cache");
	sample_site(&sample, 0, sample_stack(&sample, STACK_FRAME_POINTER, vague, 3), 1, 100);
	sample_site(&sample, 0, insert_stack(&sample), 3, 4096);
	sample_site(&sample, 0, 0, 2, 8);
	expect(&sample, LEAK_BIT, &plain,
	       "leaktrace: 1 process, 10 allocations, 4 frees, 1.8 s; nothing was missed\n"
	       "\n"
	       "12.0 KiB in 3 blocks outstanding, cache (pid 1236), oldest 1.2 s, allocated at\n"
	       "    cache_insert  src/cache.c:88  (inlined)\n"
	       "    cache_fill    src/cache.c:120\n"
	       "    test_evict    tests/unit/storage/test_cache.c:41\n"
	       "    main          tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "100 B in 1 block outstanding, cache (pid 1236), oldest 1.2 s, allocated at\n"
	       "    index_open  cache+0x1400\n"
	       "    0x1500      cache\n"
	       "    main        tests/unit/storage/test_cache.c:90\n"
	       "    [by frame pointers: only the first frame is sure]\n"
	       "\n"
	       "16 B in 2 blocks outstanding, cache (pid 1236), oldest 1.2 s\n"
	       "    [no stack: it could not be taken]\n"
	       "\n" OUTSTANDING_NOTE
	       "leaktrace: 12.1 KiB in 6 blocks outstanding at the end (exit status 23)\n");
}

/* The last line says how leaktrace itself ends. */
static void test_exit_status(void **state)
{
	static const struct {
		int command;
		uint32_t fail_classes;
		bool lossy;
		bool strict;
		const char *last;
	} cases[] = {
		{ 0, 0, false, false, " at the end\n" },
		{ 0, LEAK_BIT, false, false, " at the end (exit status 23)\n" },
		{ 3, LEAK_BIT, false, false, " at the end (exit status 3 of the command)\n" },
		{ 139, 0, false, false, " at the end (exit status 139 of the command)\n" },
		{ 0, 0, true, false, " at the end, as far as was seen\n" },
		{ 0, 0, true, true, " at the end, as far as was seen (exit status 23)\n" },
		{ -1, LEAK_BIT, false, false, " at the end\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(sample_done) struct sample sample = { 0 };
		struct report_options options = plain;
		_cleanup_free_ char *text = NULL;

		sample_init(&sample, MODE_RUN);
		sample_process(&sample, 1236, "./cache");
		sample_site(&sample, 0, evict_stack(&sample), 1, 512);
		sample.result.exit_status = cases[i].command;
		sample.result.losses.counts[LOSS_MEMORY] = cases[i].lossy;
		options.strict = cases[i].strict;
		sample_finish(&sample, cases[i].fail_classes);
		text = sample_write(&sample, "text", &options);
		assert_string_equal(strstr(text, "leaktrace: 512 B in 1 block outstanding") +
					    strlen("leaktrace: 512 B in 1 block outstanding"),
				    cases[i].last);
	}
}

static void fill_processes(struct sample *sample)
{
	static char silence[] = "no known allocator was seen in it";

	sample_process(sample, 100, "/bin/sh")->end = END_EXEC;
	sample_process(sample, 100, "ctest")->wait_status = 8 << 8;
	sample_process(sample, 101, "ctest")->inherited_command = true;
	sample_process(sample, 20102, "./cache_eviction");
	sample_process(sample, 103, "./crashes_early")->wait_status = SIGSEGV | 0x80;
	sample_process(sample, 104, "./static")->silent = silence;
	sample_process(sample, 105, "./static_too")->silent = silence;
	sample_process(sample, 106, "./lossy")->losses.counts[LOSS_STACKS_FULL] = 1;
	sample_process(sample, 107, "./daemon")->end = END_RUNNING;
	sample_process(sample, 108, "./parser");
	sample->result.processes.items[8].peak_rss_bytes = 0;
	sample->result.processes.items[3].totals.allocations = 41022;
	sample->result.processes.items[3].totals.frees = 41022;
	sample_site(sample, 3, insert_stack(sample), 3, 4096);
	sample_site(sample, 9, insert_stack(sample), 1, 4096);
	sample_site(sample, 9, evict_stack(sample), 1, 100);
}

static void test_many_processes(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill_processes(&sample);
	expect(&sample, LEAK_BIT, &plain,
	       "leaktrace: 9 processes, 41,112 allocations, 41,107 frees, 1.8 s; "
	       "NOT complete: see below\n"
	       "\n"
	       "    PID  PROCESS         ALLOCATIONS   FREES  OUTSTANDING  PEAK RSS\n"
	       "! 20102  cache_eviction       41,022  41,019  12.0 KiB /3   2.0 MiB\n"
	       "!   108  parser                   10       8   4.1 KiB /2   2.0 MiB\n"
	       "?   104  static                    -       -         -      2.0 MiB  "
	       "nothing was seen\n"
	       "?   105  static_too                -       -         -      2.0 MiB  "
	       "nothing was seen\n"
	       "?   106  lossy                    10      10         -      2.0 MiB  "
	       "not complete\n"
	       "    103  crashes_early            10      10         -      2.0 MiB  "
	       "killed by SIGSEGV\n"
	       "    100  sh                       10      10         -      2.0 MiB  called exec\n"
	       "    100  ctest                    10      10         -      2.0 MiB  "
	       "exit status 8\n"
	       "    107  daemon                   10      10         -            -  "
	       "still running\n"
	       "    101  ctest (fork)             10      10         -      2.0 MiB\n"
	       "? static (pid 104) and 1 more: no known allocator was seen in it\n"
	       "\n"
	       "16.0 KiB in 4 blocks outstanding, in 2 processes, oldest 1.2 s, allocated at\n"
	       "    cache_insert  src/cache.c:88  (inlined)\n"
	       "    cache_fill    src/cache.c:120\n"
	       "    test_evict    tests/unit/storage/test_cache.c:41\n"
	       "    main          tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "100 B in 1 block outstanding, parser (pid 108), oldest 1.2 s, allocated at\n"
	       "    test_evict  tests/unit/storage/test_cache.c:41\n"
	       "    main        tests/unit/storage/test_cache.c:90\n"
	       "\n" OUTSTANDING_NOTE "lost: once, allocations have no stack because the table of "
	       "call stacks was full\n"
	       "leaktrace: 16.1 KiB in 5 blocks outstanding at the end, as far as was seen "
	       "(exit status 23)\n");
}

/* What --top cuts off is said, with what it holds. */
static void test_top(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct report_options options = plain;

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill_processes(&sample);
	sample.result.processes.items[5].silent = "it is a static program";
	options.top = 1;
	expect(&sample, 0, &options,
	       "leaktrace: 9 processes, 41,112 allocations, 41,107 frees, 1.8 s; "
	       "NOT complete: see below\n"
	       "\n"
	       "    PID  PROCESS         ALLOCATIONS   FREES  OUTSTANDING  PEAK RSS\n"
	       "  20102  cache_eviction       41,022  41,019  12.0 KiB /3   2.0 MiB\n"
	       "  ... and 9 more, 1 of them with 4.1 KiB outstanding, 3 not complete: "
	       "--top=0 shows all\n"
	       "? static (pid 104): it is a static program\n"
	       "? static_too (pid 105): no known allocator was seen in it\n"
	       "\n"
	       "16.0 KiB in 4 blocks outstanding, in 2 processes, oldest 1.2 s, allocated at\n"
	       "    cache_insert  src/cache.c:88  (inlined)\n"
	       "    cache_fill    src/cache.c:120\n"
	       "    test_evict    tests/unit/storage/test_cache.c:41\n"
	       "    main          tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "1 more call site (100 B) not shown: --top=0 shows all\n" OUTSTANDING_NOTE
	       "lost: once, allocations have no stack because the table of call stacks was full\n"
	       "leaktrace: 16.1 KiB in 5 blocks outstanding at the end, as far as was seen\n");
}

static void test_top_all_clean(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct report_options options = plain;

	(void)state;
	sample_init(&sample, MODE_RUN);
	for (uint32_t i = 0; i < 1002; i++)
		sample_process(&sample, 5000 + i, "true");
	options.top = 2;
	expect(&sample, 0, &options,
	       "leaktrace: 1,002 processes, 10,020 allocations, 10,020 frees, 1.8 s; "
	       "nothing was missed\n"
	       "\n"
	       "   PID  PROCESS  ALLOCATIONS  FREES  OUTSTANDING  PEAK RSS\n"
	       "  5000  true              10     10            -   2.0 MiB\n"
	       "  5001  true              10     10            -   2.0 MiB\n"
	       "  ... and 1,000 more, none of them with outstanding memory: --top=0 shows all\n"
	       "\n"
	       "leaktrace: nothing outstanding\n");
}

static void test_losses_and_notes(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct result *result = &sample.result;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "./cache");
	result->losses.counts[LOSS_BLOCKS_FULL] = 1234;
	result->losses.counts[LOSS_EVENTS_FULL] = 2;
	result->n_sites_hidden = 7;
	assert_int_equal(result_note(result, "%s is a static program", "./busybox"), 0);
	expect(&sample, 0, &plain,
	       "leaktrace: 1 process, 10 allocations, 10 frees, 1.8 s; NOT complete: see below\n"
	       "7 call sites not shown: below --min-bytes or --min-count\n"
	       "note: ./busybox is a static program\n"
	       "lost: 1,234 allocations were not recorded because the table of live blocks was "
	       "full; raise --max-blocks\n"
	       "note: 2 process events did not fit into the ring buffer and were recovered later "
	       "from the tables\n"
	       "leaktrace: nothing outstanding was seen, but not everything was seen\n");
}

/* An event that only came late makes nothing incomplete. */
static void test_late_is_not_lost(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1236, "./cache");
	sample.result.losses.counts[LOSS_EVENTS_FULL] = 2;
	expect(&sample, 0, &plain,
	       "leaktrace: 1 process, 10 allocations, 10 frees, 1.8 s; nothing was missed\n"
	       "note: 2 process events did not fit into the ring buffer and were recovered later "
	       "from the tables\n"
	       "leaktrace: nothing outstanding\n");
}

static void grow(struct site *site, uint64_t before)
{
	assert_int_equal(vec_push(&site->growth, before), 0);
	assert_int_equal(vec_push(&site->growth, site->bytes), 0);
}

static void test_attach(void **state)
{
	static const uint64_t at_main[] = { AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	sample.result.n_report = 3;
	sample_process(&sample, 1234, "/usr/bin/redis-server *:6379")->totals.unknown_frees = 512;
	grow(sample_site(&sample, 0, insert_stack(&sample), 3, 4096), 8192);
	grow(sample_site(&sample, 0, evict_stack(&sample), 1, 1024), 3072);
	grow(sample_site(&sample, 0, sample_stack(&sample, STACK_TRUNCATED, at_main, 1), 1, 64),
	     64);
	expect(&sample, 0, &plain,
	       "leaktrace: report 3, pid 1234 (redis-server *:6379), 1.8 s: 10 allocations, "
	       "5 frees; nothing was missed\n"
	       "\n"
	       "12.0 KiB (+4.0 KiB) in 3 blocks outstanding, redis-server *:6379 (pid 1234), "
	       "oldest 1.2 s, allocated at\n"
	       "    cache_insert  src/cache.c:88  (inlined)\n"
	       "    cache_fill    src/cache.c:120\n"
	       "    test_evict    tests/unit/storage/test_cache.c:41\n"
	       "    main          tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "1.0 KiB (-2.0 KiB) in 1 block outstanding, redis-server *:6379 (pid 1234), "
	       "oldest 1.2 s, allocated at\n"
	       "    test_evict  tests/unit/storage/test_cache.c:41\n"
	       "    main        tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "64 B (+0 B) in 1 block outstanding, redis-server *:6379 (pid 1234), oldest 1.2 s, "
	       "allocated at\n"
	       "    main  tests/unit/storage/test_cache.c:90\n"
	       "    [cut: more frames than a record holds]\n"
	       "\n"
	       "note: 512 more frees were of blocks from before the attach, which this report does "
	       "not know\n"
	       "leaktrace: 13.1 KiB in 5 blocks outstanding\n");
}

static void test_attach_first_and_many(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct site *site;

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	sample.result.final = true;
	sample_process(&sample, 1234, "httpd")->totals.unknown_frees = 1;
	sample_process(&sample, 1235, "httpd");
	site = sample_site(&sample, 1, evict_stack(&sample), 1, 1024);
	assert_int_equal(vec_push(&site->growth, 1024), 0);
	expect(&sample, 0, &plain,
	       "leaktrace: report 1 (the last), 2 processes, 1.8 s: 20 allocations, 19 frees; "
	       "nothing was missed\n"
	       "\n"
	       "   PID  PROCESS  ALLOCATIONS  FREES  OUTSTANDING  PEAK RSS\n"
	       "  1235  httpd             10      9   1.0 KiB /1   2.0 MiB\n"
	       "  1234  httpd             10     10         -      2.0 MiB\n"
	       "\n"
	       "1.0 KiB in 1 block outstanding, httpd (pid 1235), oldest 1.2 s, allocated at\n"
	       "    test_evict  tests/unit/storage/test_cache.c:41\n"
	       "    main        tests/unit/storage/test_cache.c:90\n"
	       "\n"
	       "note: 1 more free was of a block from before the attach, which this report does "
	       "not know\n"
	       "leaktrace: 1.0 KiB in 1 block outstanding\n");
}

static void test_hostile_names(void **state)
{
	static const uint64_t hostile_place[] = { 0x1600 };
	static const struct frame hostile = { "f\033]0;x\007", "a\n\xff/b.c", 7, false, NULL };
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct process *process;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_symbol(&sample, 0x1600, &hostile, 1);
	process = sample_process(&sample, 66,
				 "./\033[2Jgr\xc3\xbc\xc3\x9f"
				 "e\xc3\n");
	process->silent = "be\ncause";
	sample_process(&sample, 67, "x");
	sample_site(&sample, 1, sample_stack(&sample, STACK_COMPLETE, hostile_place, 1), 1, 1);
	assert_int_equal(result_note(&sample.result, "bad\rnote \xc2\x9b"), 0);
	expect(&sample, 0, &plain,
	       "leaktrace: 2 processes, 20 allocations, 19 frees, 1.8 s; NOT complete: see below\n"
	       "\n"
	       "  PID  PROCESS      ALLOCATIONS  FREES  OUTSTANDING  PEAK RSS\n"
	       "   67  x                     10      9       1 B /1   2.0 MiB\n"
	       "?  66  ?[2Jgr\xc3\xbc\xc3\x9f"
	       "e??            -      -         -      2.0 MiB  "
	       "nothing was seen\n"
	       "? ?[2Jgr\xc3\xbc\xc3\x9f"
	       "e?? (pid 66): be?cause\n"
	       "\n"
	       "1 B in 1 block outstanding, x (pid 67), oldest 1.2 s, allocated at\n"
	       "    f?]0;x?  a?"
	       "?/b.c:7\n"
	       "\n" OUTSTANDING_NOTE "note: bad?note ??\n"
	       "leaktrace: 1 B in 1 block outstanding at the end, as far as was seen\n");
}

static void test_color(void **state)
{
	static const uint64_t at_main[] = { AT_MAIN };
	_cleanup_(sample_done) struct sample sample = { 0 };
	struct report_options options = plain;

	(void)state;
	options.color = true;
	sample_init(&sample, MODE_ATTACH);
	sample.result.n_report = 2;
	sample_process(&sample, 1, "a");
	sample_process(&sample, 2, "b")->losses.counts[LOSS_MEMORY] = 1;
	grow(sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, at_main, 1), 1, 64), 32);
	expect(&sample, LEAK_BIT, &options,
	       "\033[1mleaktrace: report 2, 2 processes, 1.8 s: 20 allocations, 19 frees\033[0m; "
	       "\033[33mNOT complete: see below\033[0m\n"
	       "\n"
	       "\033[2m  PID  PROCESS  ALLOCATIONS  FREES  OUTSTANDING  PEAK RSS\033[0m\n"
	       "\033[31m!\033[0m   1  a                 10      9      64 B /1   2.0 MiB\n"
	       "\033[33m?\033[0m   2  b                 10     10         -      2.0 MiB  "
	       "not complete\n"
	       "\n"
	       "\033[1m64 B\033[0m (\033[31m+32 B\033[0m) in 1 block outstanding, a (pid 1), "
	       "oldest 1.2 s, allocated at\n"
	       "    main\033[2m  tests/unit/storage/test_cache.c:90\033[0m\n"
	       "\n"
	       "lost: once, records were dropped because leaktrace itself had no memory left\n"
	       "\033[33mleaktrace: 64 B in 1 block outstanding, as far as was seen\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_one_process),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_many_processes),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_top_all_clean),
		cmocka_unit_test(test_losses_and_notes),
		cmocka_unit_test(test_late_is_not_lost),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_attach_first_and_many),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
