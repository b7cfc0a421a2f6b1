// SPDX-License-Identifier: BSD-2-Clause
/*
 * The JSON report: whole and byte for byte for one run, parsed back for everything else, and
 * held against its description in both directions.
 */
#include "report/sample.h"

#include <jansson.h>
#include <signal.h>

#include "base/str.h"
#include "version.h"

static const struct report_options plain = { .top = 1, .error_exitcode = 23 };

static const uint64_t to_insert[] = { AT_INSERT, AT_MAIN };

static json_t *parse(const struct sample *sample)
{
	_cleanup_free_ char *text = sample_write(sample, "json", &plain);
	json_error_t error;
	json_t *report = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!report)
		fail_msg("%d:%d: %s", error.line, error.column, error.text);
	return report;
}

/* Fails unless VALUE, found by a path of keys and indices, is EXPECTED, written as JSON. */
static void expect(const json_t *value, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_non_null(value);
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(text, expected);
}

static const json_t *process_member(const json_t *report, size_t i, const char *name)
{
	return json_object_get(json_array_get(json_object_get(report, "processes"), i), name);
}

static const json_t *site_member(const json_t *report, size_t i, const char *name)
{
	return json_object_get(json_array_get(json_object_get(report, "sites"), i), name);
}

static const json_t *frame_member(const json_t *report, size_t i, const char *name)
{
	return json_object_get(json_array_get(site_member(report, 0, "stack"), i), name);
}

/* Something in every member and every array. */
static void fill(struct sample *sample)
{
	struct result *result = &sample->result;
	struct site *site;

	sample_process(sample, 1236, "./cache");
	result->command = sample_argv("./cache", "--once");
	result->processes.items[0].epoch = sample_test(sample, "storage", "cache");
	site = sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, to_insert, 2), 2, 4096);
	sample_move_to_test(sample, site, 1);
	assert_int_equal(vec_push(&site->growth, 4096), 0);
	assert_int_equal(vec_push(&site->growth, 8192), 0);
	result->processes.items[0].losses.counts[LOSS_STACKS_FULL] = 3;
	result->n_sites_hidden = 5;
	assert_int_equal(result_note(result, "a note"), 0);
	sample_finish(sample, 1u << CLASS_OUTSTANDING);
}

#define NO(member) "\"" member "\":null,"
#define NOT_TRACED                                                                                 \
	NO("lost_bytes")                                                                           \
	NO("lost_blocks") NO("reachable_bytes") NO("reachable_blocks") NO("fds") NO("fds_at_exit") \
		NO("threads") NO("threads_at_exit") NO("mapping_bytes") NO("mappings")             \
			NO("leaked_mapping_bytes") NO("leaked_mappings")                           \
				NO("reachable_mapping_bytes") "\"reachable_mappings\":null"
#define TOTALS                                                                                     \
	"\"allocations\":10,\"frees\":8,\"unknown_frees\":0,\"outstanding_bytes\":8192,"           \
	"\"outstanding_blocks\":2," NOT_TRACED
#define LOSSES                                                                                     \
	"\"losses\":[{\"id\":\"stacks-full\",\"count\":3,\"meaning\":\"allocations have no "       \
	"stack because the table of call stacks was full\"}]"
#define IN_FILE(file, directory) "\"file\":\"" file "\",\"directory\":" directory ",\"line\":"
#define IN_CACHE "\"module\":\"/src/build/cache\",\"build_id\":\"abcdef01\",\"offset\":"

static void test_whole(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill(&sample);
	text = sample_write(&sample, "json", &plain);
	assert_string_equal(
		text,
		"{\n"
		" \"schema\":\"leaktrace/1\",\n \"leaktrace\":\"" LEAKTRACE_VERSION "\",\n"
		" \"kernel\":\"6.1.0\",\n"
		" \"mode\":\"run\",\n \"report\":null,\n \"final\":true,\n"
		" \"command\":[\"./cache\",\"--once\"],\n"
		" \"started\":\"2023-11-14T22:13:20.000000042Z\",\n"
		" \"duration_ns\":1800000000,\n"
		" \"exit_status\":0,\n"
		" \"verdict\":\"incomplete\",\n"
		" \"sample_bytes\":null,\n"
		" \"totals\":{" TOTALS "},\n"
		" " LOSSES ",\n"
		" \"sites_hidden\":5,\n \"suppressions\":[],\n \"baseline\":null,\n \"marks\":[],\n"
		" \"notes\":[\n  \"a note\"],\n"
		" \"processes\":[\n"
		"  {\"pid\":1236,\"ppid\":1,\"merged\":0,\"exe\":\"/src/build/cache\","
		"\"command\":[\"./cache\",\"--once\"],\"command_cut\":false,"
		"\"inherited_command\":false,\"test\":\"cache\",\"outlived_test\":false,"
		"\"start_ns\":0,\"end_ns\":1000000000,\"end\":\"exit\",\"exit_status\":0,"
		"\"signal\":null,\"verdict\":\"incomplete\","
		"\"silent\":null,\"unjudged\":null," TOTALS "," LOSSES ",\"peak_rss_bytes\":"
		"2097152,\"peak\":null,\"allocator\":\"glibc\",\"vitals\":null,"
		"\"samples\":[]}],\n \"tests\":[\n"
		"  {\"name\":\"cache\",\"runner\":\"ctest\",\"suite\":\"storage\","
		"\"own_name\":\"cache\",\"parent\":null,\"occurrence\":0,\"pid\":1236,"
		"\"verdict\":\"leaks\",\"reason\":null,\"allocations\":10,\"frees\":8,"
		"\"unknown_frees\":0,\"outstanding_bytes\":8192,"
		"\"outstanding_blocks\":2," NOT_TRACED ",\"retained_bytes\":8192,"
		"\"retained_blocks\":2,\"retracted_bytes\":0,\"retracted_blocks\":0,"
		"\"peak_rss_bytes\":2097152,\"rss_delta_bytes\":null,\"processes_left\":0,"
		"\"start_ns\":0,\"duration_ns\":500000000}],\n"
		" \"sites\":[\n"
		"  {\"kind\":\"memory\",\"class\":\"outstanding\",\"test\":\"cache\","
		"\"test_index\":0,\"pid\":1236,\"process\":0,\"blocks\":2,"
		"\"bytes\":8192,\"oldest_ns\":1200000000,\"growth\":[4096,8192],\"stack\":["
		"{\"function\":\"cache_insert\"," IN_FILE("src/cache.c", "null") "88," IN_CACHE
		"\"0x1100\",\"inlined\":true,\"language\":\"native\"},"
		"{\"function\":\"cache_fill\"," IN_FILE("src/cache.c", "null") "120," IN_CACHE
		"\"0x1100\",\"inlined\":false,\"language\":\"native\"},"
		"{\"function\":\"main\"," IN_FILE("tests/unit/storage/test_cache.c", "\"/src\"")
		"90," IN_CACHE "\"0x1300\",\"inlined\":false,\"language\":\"native\"}],"
		"\"stack_end\":\"complete\",\"in_baseline\":false,\"suppression\":null,"
		"\"root\":null,\"tree_bytes\":null,\"tree_blocks\":null,\"interior_blocks\":null,"
		"\"objects\":[{\"address\":\"0x5000\",\"bytes\":4096},"
		"{\"address\":\"0x5100\",\"bytes\":4096}]}]\n"
		"}\n");
}

/* What is not known is null, and what holds nothing is empty. */
static void test_empty(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;

	(void)state;
	sample_init(&sample, MODE_ATTACH);
	sample.result.n_report = 7;
	free(sample.result.kernel);
	sample.result.kernel = NULL;
	sample_finish(&sample, 0);
	report = parse(&sample);
	expect(json_object_get(report, "mode"), "\"attach\"");
	expect(json_object_get(report, "report"), "7");
	expect(json_object_get(report, "final"), "false");
	expect(json_object_get(report, "kernel"), "null");
	expect(json_object_get(report, "command"), "null");
	expect(json_object_get(report, "exit_status"), "null");
	expect(json_object_get(report, "verdict"), "\"clean\"");
	expect(json_object_get(report, "losses"), "[]");
	expect(json_object_get(report, "notes"), "[]");
	expect(json_object_get(report, "processes"), "[]");
	expect(json_object_get(report, "tests"), "[]");
	expect(json_object_get(report, "sites"), "[]");
}

static void test_process_ends(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;
	struct process *process;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 1, "a")->wait_status = 3 << 8;
	sample_process(&sample, 2, "b")->wait_status = SIGKILL;
	sample_process(&sample, 3, "c")->end = END_EXEC;
	process = sample_process(&sample, 4, "d");
	process->end = END_RUNNING;
	process->end_ns = process->peak_rss_bytes = 0;
	process->start_ns = 90 * SECOND;
	process->allocator = NULL;
	process->silent = "no known allocator was seen in it";
	sample_finish(&sample, 0);
	report = parse(&sample);
	expect(process_member(report, 0, "exit_status"), "3");
	expect(process_member(report, 0, "signal"), "null");
	expect(process_member(report, 1, "end"), "\"exit\"");
	expect(process_member(report, 1, "exit_status"), "null");
	expect(process_member(report, 1, "signal"), "9");
	expect(process_member(report, 1, "allocations"), "10");
	expect(process_member(report, 2, "end"), "\"exec\"");
	expect(process_member(report, 2, "exit_status"), "null");
	expect(process_member(report, 3, "end"), "\"running\"");
	expect(process_member(report, 3, "end_ns"), "null");
	expect(process_member(report, 3, "start_ns"), "-10000000000");
	expect(process_member(report, 3, "peak_rss_bytes"), "null");
	expect(process_member(report, 3, "allocator"), "null");
	expect(process_member(report, 3, "silent"), "\"no known allocator was seen in it\"");
	expect(process_member(report, 3, "allocations"), "null");
	expect(process_member(report, 3, "outstanding_bytes"), "null");
	expect(process_member(report, 3, "verdict"), "\"incomplete\"");
}

static void test_hostile_names(void **state)
{
	static const uint64_t hostile_place[] = { 0x1600 };
	static const struct frame hostile = { "f\033\"\\", "a\n\xff\xed\xa0\x80/b.c", 7, 0, 0 };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_symbol(&sample, 0x1600, &hostile, 1);
	sample_process(&sample, 66,
		       "./\033[2Jgr\xc3\xbc\xc3\x9f" "e\xc3");
	free(sample.result.processes.items[0].exe);
	sample.result.processes.items[0].exe = NULL;
	sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, hostile_place, 1), 1, 1);
	assert_int_equal(result_note(&sample.result, "bad\rnote"), 0);
	sample_finish(&sample, 0);
	report = parse(&sample);
	expect(json_object_get(report, "notes"), "[\"bad?note\"]");
	expect(process_member(report, 0, "exe"), "null");
	expect(process_member(report, 0, "command"), "[\"./?[2Jgr\xc3\xbc\xc3\x9f"
						     "e?\",\"--once\"]");
	expect(frame_member(report, 0, "function"), "\"f?\\\"\\\\\"");
	expect(frame_member(report, 0, "file"), "\"a?\?\?\?\?/b.c\"");
}

static void test_no_symbols(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;
	struct place places[3] = { 0 };
	struct stack *stack;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 67, "x");
	places[0] = (struct place){ .module = sample.libc, .offset = 0x1234567 };
	places[1] = (struct place){ .module = sample_module(&sample, MODULE_ANON, "[anon]"),
				    .offset = UINT64_MAX };
	places[2] = (struct place){ .module = 0, .offset = 0xdead };
	assert_int_equal(stacks_intern(&sample.stacks, places, 3, STACK_UNKNOWN_CODE, &stack), 0);
	sample_site(&sample, 0, stack->id, 1, 1);
	sample.result.symbols = NULL;
	sample_finish(&sample, 0);
	report = parse(&sample);
	expect(site_member(report, 0, "stack_end"), "\"unknown-code\"");
	expect(frame_member(report, 0, "function"), "null");
	expect(frame_member(report, 0, "file"), "null");
	expect(frame_member(report, 0, "line"), "null");
	expect(frame_member(report, 0, "module"), "\"/usr/lib/libc.so.6\"");
	expect(frame_member(report, 0, "build_id"), "\"abcdef01\"");
	expect(frame_member(report, 1, "module"), "\"[anon]\"");
	expect(frame_member(report, 1, "build_id"), "null");
	expect(frame_member(report, 1, "offset"), "\"0xffffffffffffffff\"");
	expect(frame_member(report, 2, "module"), "null");
	expect(frame_member(report, 2, "offset"), "\"0xdead\"");
}

/* Every site is there, whatever --top says; only the examples of its blocks are cut. */
static void test_sites(void **state)
{
	static const char *const ends[] = { "complete",	  "frame-pointer", "truncated",
					    "unreadable", "unknown-code",  "none" };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 67, "x");
	sample_process(&sample, 68, "y");
	for (int end = 0; end < _STACK_END_MAX; end++)
		sample_site(&sample, 0, sample_stack(&sample, (enum stack_end)end, to_insert, 2), 1,
			    1ull << 40);
	sample_site(&sample, 1, 0, SITE_MAX_OBJECTS + 1, 2);
	sample.result.sites.items.items[6]->oldest_ns = sample.result.now_ns + 5;
	sample_finish(&sample, 0);
	report = parse(&sample);
	assert_int_equal(json_array_size(json_object_get(report, "sites")), 7);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(json_string_value(site_member(report, i, "stack_end")),
				    ends[i]);
	expect(site_member(report, 0, "bytes"), "1099511627776");
	expect(site_member(report, 0, "pid"), "67");
	expect(site_member(report, 6, "pid"), "68");
	expect(site_member(report, 6, "process"), "1");
	expect(site_member(report, 6, "stack"), "[]");
	expect(site_member(report, 6, "growth"), "[]");
	expect(site_member(report, 6, "blocks"), "9");
	expect(site_member(report, 6, "oldest_ns"), "0");
	assert_int_equal(json_array_size(site_member(report, 6, "objects")), SITE_MAX_OBJECTS);
}

/* The members that a reader of schema leaktrace/1 may rely on. */
static void test_required_members(void **state)
{
	static const struct {
		const char *array; /* of which the first element is looked at; NULL: the report */
		const char *members[24];
	} required[] = {
		{ NULL,
		  { "schema", "leaktrace", "kernel", "mode", "command", "started", "duration_ns",
		    "exit_status", "verdict", "totals", "losses", "processes", "tests", "sites" } },
		{ "losses", { "id", "count", "meaning" } },
		{ "processes",
		  { "pid", "ppid", "exe", "command", "test", "exit_status", "signal", "verdict",
		    "allocations", "frees", "lost_bytes", "lost_blocks", "reachable_bytes",
		    "reachable_blocks", "outstanding_bytes", "outstanding_blocks", "peak_rss_bytes",
		    "allocator", "samples" } },
		{ "processes",
		  { "fds", "fds_at_exit", "threads", "threads_at_exit", "mapping_bytes",
		    "mappings" } },
		{ "tests",
		  { "name", "runner", "pid", "verdict", "reason", "allocations", "lost_bytes",
		    "retained_bytes", "retained_blocks", "peak_rss_bytes", "duration_ns" } },
		{ "sites",
		  { "kind", "class", "test", "pid", "blocks", "bytes", "oldest_ns", "growth",
		    "stack", "root", "objects" } },
	};
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill(&sample);
	report = parse(&sample);
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		const json_t *object = report;

		if (required[i].array)
			object = json_array_get(json_object_get(report, required[i].array), 0);
		for (const char *const *name = required[i].members; *name; name++) {
			if (!json_object_get(object, *name))
				fail_msg("%s: no member %s", required[i].array, *name);
		}
	}
}

static char *schema_text(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	assert_int_equal(report_schema(to), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

/* Every key in VALUE, at any depth, is in the first cell of a row of DESCRIPTION. */
static void expect_described(const json_t *value, const char *description)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) expect_described(member, description);
	json_object_foreach((json_t *)value, key, member)
	{
		_cleanup_free_ char *first = str_printf("\n| `%s` ", key);
		_cleanup_free_ char *second = str_printf("` `%s` ", key);

		if (!strstr(description, first) && !strstr(description, second))
			fail_msg("docs/OUTPUT.md does not describe %s", key);
		expect_described(member, description);
	}
}

static bool has_key(const json_t *value, const char *wanted)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
	{
		if (has_key(member, wanted))
			return true;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		if (strcmp(key, wanted) == 0 || has_key(member, wanted))
			return true;
	}
	return false;
}

/* The description and the report have the same members. */
static void test_described(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;
	_cleanup_free_ char *description = schema_text();
	size_t n_rows = 0;
	char *rest = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill(&sample);
	sample_threads(&sample);
	sample_fds(&sample);
	report = parse(&sample);
	expect_described(report, description);

	for (char *line = strtok_r(description, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *cell_end = strstr(line, " | ");
		char *names = NULL;

		if (!str_starts_with(line, "| `") || !cell_end)
			continue;
		*cell_end = '\0';
		n_rows++;
		for (char *name = strtok_r(line, "|` ", &names); name;
		     name = strtok_r(NULL, "|` ", &names)) {
			if (!has_key(report, name))
				fail_msg("docs/OUTPUT.md describes %s, which is not there", name);
		}
	}
	assert_true(n_rows > 50);
}

static void test_threads(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *report = NULL;

	(void)state;
	sample_init(&sample, MODE_RUN);
	fill(&sample);
	sample_threads(&sample);
	report = parse(&sample);
	expect(site_member(report, 1, "objects"),
	       "[{\"tid\":1240,\"name\":\"worker\",\"start_routine\":\"test_evict\"},"
	       "{\"tid\":1241,\"name\":null,\"start_routine\":null},"
	       "{\"tid\":1242,\"name\":null,\"start_routine\":null}]");
}

/* jansson's allocations from now on; the one numbered failing_allocation gives NULL. */
static size_t n_allocations, failing_allocation;

static void *counting_malloc(size_t n)
{
	return n_allocations++ == failing_allocation ? NULL : malloc(n);
}

/* Wherever memory runs out, the report says so; the sanitizer looks for what is left behind. */
static void test_no_memory(void **state)
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_fclose_ FILE *to = fopen("/dev/null", "w");
	size_t n_needed;

	(void)state;
	assert_non_null(to);
	sample_init(&sample, MODE_RUN);
	fill(&sample);
	json_set_alloc_funcs(counting_malloc, free);
	n_allocations = 0;
	failing_allocation = SIZE_MAX;
	assert_int_equal(report_json(&sample.result, &plain, to), 0);
	n_needed = n_allocations;
	assert_true(n_needed > 100);
	for (size_t i = 0; i < n_needed; i++) {
		n_allocations = 0;
		failing_allocation = i;
		assert_int_equal(report_json(&sample.result, &plain, to), -ENOMEM);
	}
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_process_ends),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_no_symbols),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_required_members),
		cmocka_unit_test(test_described),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
