// SPDX-License-Identifier: BSD-2-Clause
/*
 * The HTML report: the page around the data is whole, the data is the JSON report and cannot leave
 * its element, and lines of source come from where they may come from. What the page does with
 * them is tested in a browser (tests/e2e/html.bats).
 */
#include "report/sample.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

#include "base/str.h"
#include "report/page_sites.h"

static char folder[] = "/tmp/leaktrace-test-html-XXXXXX";

/* The content of the element with this id, as JSON. */
static json_t *element(const char *page, const char *id)
{
	_cleanup_free_ char *start = str_printf("<script type=\"application/json\" id=\"%s\">", id);
	const char *from = strstr(page, start);
	json_error_t error;
	json_t *value;

	assert_non_null(from);
	from += strlen(start);
	value = json_loadb(from, (size_t)(strstr(from, "</script>") - from), 0, &error);
	if (!value)
		fail_msg("%s:%d:%d: %s", id, error.line, error.column, error.text);
	return value;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* With its stack in each site, as the JSON report has it. */
static void unshare(json_t *report)
{
	json_t *stacks = json_object_get(report, "stacks"), *site;
	size_t i;

	json_array_foreach(json_object_get(report, "sites"), i, site) {
		json_t *number = json_object_get(site, "stack");

		assert_true(json_is_integer(number));
		assert_int_equal(
			json_object_set(site, "stack",
					json_array_get(stacks, (size_t)json_integer_value(number))),
			0);
	}
	assert_int_equal(json_object_del(report, "stacks"), 0);
	assert_int_equal(json_array_size(json_object_get(report, "left_out")), 0);
	assert_int_equal(json_object_del(report, "left_out"), 0);
}

/* A sample with one site whose only frame is this one. */
static void sample_with(struct sample *sample, const struct frame *frame)
{
	const uint64_t offsets[] = { 0x1600 };

	sample_init(sample, MODE_RUN);
	sample_symbol(sample, 0x1600, frame, 1);
	sample_process(sample, 7, "x");
	sample_site(sample, 0, sample_stack(sample, STACK_COMPLETE, offsets, 1), 1, 1);
	sample_finish(sample, 0);
}

/* The lines of source in the page, as JSON. */
static char *sources(const struct frame *frame, int (*open_file)(const char *path))
{
	_cleanup_(sample_done) struct sample sample = { 0 };
	const struct report_options options = { .open_file = open_file, .tree = folder };
	_cleanup_(json_decrefp) json_t *value = NULL;
	_cleanup_free_ char *page = NULL;

	sample_with(&sample, frame);
	page = sample_write(&sample, "html", &options);
	value = element(page, "sources");
	return json_dumps(value, JSON_COMPACT);
}

static int open_plainly(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int open_never(const char *path)
{
	fail_msg("%s was opened", path);
	return -1;
}

static void write_file(const char *name, const char *text)
{
	_cleanup_free_ char *path = str_printf("%s/%s", folder, name);
	_cleanup_fclose_ FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static void test_hostile(void **state)
{
	static const struct frame hostile = {
		.function = "</script><script>hacked()</script><!--",
	};
	_cleanup_(json_decrefp) json_t *data = NULL, *expected = NULL;
	_cleanup_free_ char *page = NULL, *json = NULL;
	_cleanup_(sample_done) struct sample sample = { 0 };
	static const struct report_options options = { 0 };

	(void)state;
	sample_with(&sample, &hostile);
	/* Another process holds something from the same stack. */
	sample_process(&sample, 8, "y");
	sample_site(&sample, 1, sample.result.sites.items.items[0]->key.stack, 1, 1);
	page = sample_write(&sample, "html", &options);
	json = sample_write(&sample, "json", &options);
	data = element(page, "report");
	expected = json_loads(json, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(data, "stacks")), 1);
	unshare(data);
	assert_true(json_equal(data, expected));
	assert_non_null(strstr(json, hostile.function));
	assert_null(strstr(page, "<script>hacked"));
	assert_int_equal(count(page, "</script>"), 3);
	assert_int_equal(count(page, "<script"), 3);
	assert_null(strstr(page, "<!--"));
}

/* What assemble puts in is there, and nothing is left to be put in. */
static void test_whole(void **state)
{
	static const char *const parts[] = { "<!doctype html>", "default-src 'none'",
					     "script-src 'sha256-", "style-src 'sha256-",
					     "class FlameGraph", "drawReport();", "</html>" };
	_cleanup_(sample_done) struct sample sample = { 0 };
	static const struct report_options options = { 0 };
	_cleanup_free_ char *page = NULL;

	(void)state;
	sample_with(&sample, &(struct frame){ .function = "f" });
	page = sample_write(&sample, "html", &options);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_int_equal(count(page, parts[i]), 1);
	assert_null(strstr(page, "@report@"));
	assert_null(strstr(page, "@sources@"));
	assert_null(strstr(page, "@s"));
}

/* Three lines around the one that is named, tabs as spaces, what is not text as '?'. */
static void test_sources(void **state)
{
	const struct frame frame = {
		.function = "f", .file = "dir/a.c", .line = 6, .directory = folder
	};
	_cleanup_free_ char *found = NULL, *expected = NULL, *dir = str_printf("%s/dir", folder);

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	write_file("dir/a.c", "1\n2\n3\n\tfour\nx\tfive\n6 \"<\n\377\033\n8\n");
	found = sources(&frame, open_plainly);
	expected = str_printf("{\"files\":[{\"file\":\"dir/a.c\",\"directory\":\"%s\","
			      "\"newer\":false,\"parts\":[{\"first\":3,\"lines\":[\"3\","
			      "\"        four\",\"x       five\",\"6 \\\"<\",\"??\",\"8\"]}]}],"
			      "\"left_out\":0}",
			      folder);
	assert_string_equal(found, expected);
}

static void test_long_line(void **state)
{
	const struct frame frame = {
		.function = "f", .file = "long.c", .line = 1, .directory = folder
	};
	_cleanup_free_ char *found = NULL;
	char line[1000];

	(void)state;
	/* A character that is in no name of the folder. */
	memset(line, '~', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	write_file("long.c", line);
	found = sources(&frame, open_plainly);
	assert_int_equal(count(found, "~"), 240);
	assert_non_null(strstr(found, "~...\""));
}

/* Names that a compiler was told to write are looked for in the project. */
static void test_mapped(void **state)
{
	const struct frame frames[] = {
		{ .file = "mapped.c", .line = 1, .directory = "/nowhere" },
		{ .file = "./mapped.c", .line = 1, .directory = "." },
		{ .file = "mapped.c", .line = 1 },
	};

	(void)state;
	write_file("mapped.c", "found\n");
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		_cleanup_free_ char *found = sources(&frames[i], open_plainly);

		assert_non_null(strstr(found, "[\"found\"]"));
	}
}

/* What is not called like source, what is not there, and what is no file. */
static void test_no_sources(void **state)
{
	static const char none[] = "{\"files\":[],\"left_out\":0}";
	const struct {
		struct frame frame;
		int (*open_file)(const char *path);
	} cases[] = {
		{ { .file = "/etc/passwd", .line = 1 }, open_never },
		{ { .file = "id_rsa", .line = 1, .directory = folder }, open_never },
		{ { .file = "/a.c", .line = 0 }, open_never },
		{ { .file = "/a.c", .line = 1 }, NULL },
		{ { .file = "gone.c", .line = 1, .directory = folder }, open_plainly },
		{ { .file = "folder.c", .line = 1, .directory = folder }, open_plainly },
		{ { .file = "short.c", .line = 9, .directory = folder }, open_plainly },
	};
	_cleanup_free_ char *dir = str_printf("%s/folder.c", folder);

	(void)state;
	assert_int_equal(mkdir(dir, 0700), 0);
	write_file("short.c", "1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *found = sources(&cases[i].frame, cases[i].open_file);

		assert_string_equal(found, none);
	}
}

/* A report with more lines of source than a page shall have says how many it leaves out. */
static void test_too_many(void **state)
{
	static const struct report_options options = { .open_file = open_plainly };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *value = NULL;
	_cleanup_free_ char *page = NULL;
	_cleanup_free_ char *text = malloc(2 * 40000 + 1);

	(void)state;
	for (int i = 0; i < 40000; i++)
		memcpy(text + 2 * i, "x\n", 3);
	write_file("many.c", text);
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 7, "x");
	for (uint32_t i = 0; i < 4000; i++) {
		const struct frame frame = {
			.file = "many.c", .line = 10 * (i + 1), .directory = folder
		};
		const uint64_t offset = 0x10000 + i;

		sample_symbol(&sample, offset, &frame, 1);
		sample_site(&sample, 0, sample_stack(&sample, STACK_COMPLETE, &offset, 1), 1, 1);
	}
	sample_finish(&sample, 0);
	page = sample_write(&sample, "html", &options);
	value = element(page, "sources");
	/* 20000 lines, 7 for each: 2857 whole ones, and one line of the next. */
	assert_int_equal(json_integer_value(json_object_get(value, "left_out")), 4000 - 2857);
}

/* Of very many call sites the largest are in a page, and the sums of the others. */
static void test_large(void **state)
{
	enum { MORE = 3, N = PAGE_MAX_SITES + MORE };
	static const struct report_options options = { .open_file = open_never };
	_cleanup_(sample_done) struct sample sample = { 0 };
	_cleanup_(json_decrefp) json_t *data = NULL, *sources = NULL, *left = NULL;
	_cleanup_free_ char *page = NULL;
	const uint64_t last = 0x10000;
	const struct frame small = { .file = "small.c", .line = 1, .directory = folder };

	(void)state;
	sample_init(&sample, MODE_RUN);
	sample_process(&sample, 7, "x");
	sample_process(&sample, 8, "y");
	/* The smallest comes first, and has source that nobody will see. */
	sample_symbol(&sample, last, &small, 1);
	for (uint64_t i = 0; i < N; i++) {
		const uint64_t offset = last + i;
		uint32_t stack = sample_stack(&sample, STACK_COMPLETE, &offset, 1);

		sample_site(&sample, 0, stack, 1, 100 + i);
		/* The largest is in two processes, and is whole. */
		if (i + 1 == N)
			sample_site(&sample, 1, stack, 1, 1);
	}
	sample_finish(&sample, 0);
	page = sample_write(&sample, "html", &options);
	data = element(page, "report");
	assert_int_equal(json_array_size(json_object_get(data, "sites")), PAGE_MAX_SITES);
	assert_int_equal(json_array_size(json_object_get(data, "stacks")), PAGE_MAX_SITES - 1);
	left = json_pack("[{s:s, s:s, s:i, s:i, s:i}]", "kind", "memory", "class", "outstanding",
			 "call_sites", MORE + 1, "blocks", MORE + 1, "bytes",
			 100 + 101 + 102 + 103);
	assert_true(json_equal(json_object_get(data, "left_out"), left));
	sources = element(page, "sources");
	assert_int_equal(json_array_size(json_object_get(sources, "files")), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	_cleanup_free_ char *command = str_printf("rm -rf '%s'", folder);

	(void)state;
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile),	   cmocka_unit_test(test_whole),
		cmocka_unit_test(test_sources),	   cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_no_sources), cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_mapped),	   cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
