// SPDX-License-Identifier: BSD-2-Clause
/* Reports of the flight recorder: the text, and JSON members as docs/OOM.md has them. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "report/flight.h"

struct fixture {
	struct modules modules;
	struct stacks stacks;
	struct symbols symbols;
	struct result result;
	struct flight_process *process;
	struct flight_report report;
	struct flight_view view;
};

static char *copy(const char *text)
{
	char *fresh = strdup(text);

	assert_non_null(fresh);
	return fresh;
}

static void fixture_init(struct fixture *f, enum flight_end end)
{
	static char *command[] = { (char *)"./eater", (char *)"a\033b", NULL };
	struct flight_vitals vitals = { .time_ns = 1000000000, .anon_bytes = 1 << 20,
					.pressure_permille = OOM_UNKNOWN,
					.system_pressure_permille = 125,
					.cgroup_bytes = 2 << 20 };
	const struct place place = { .offset = 0x10 };
	const struct frame frame = { .function = "grow", .file = "grow.c", .line = 3 };
	struct stack *stack;

	memset(f, 0, sizeof(*f));
	assert_int_equal(modules_init(&f->modules), 0);
	assert_int_equal(stacks_init(&f->stacks), 0);
	symbols_init(&f->symbols);
	result_init(&f->result);
	f->result.modules = &f->modules;
	f->result.stacks = &f->stacks;
	f->result.symbols = &f->symbols;
	assert_int_equal(stacks_intern(&f->stacks, &place, 1, STACK_COMPLETE, &stack), 0);
	assert_int_equal(symbols_add(&f->symbols, &place, &frame, 1), 0);
	f->process = flight_process_new(7, 4);
	assert_non_null(f->process);
	f->process->command = strv_copy(command);
	flight_process_note(f->process, &vitals);
	assert_int_equal(flight_process_sample(f->process, stack->id, 3 << 20, 1 << 20), 0);
	assert_int_equal(flight_process_refuse(f->process, stack->id, 4096), 0);
	f->process->doing = stack->id;
	f->report = (struct flight_report){ .end = end, .pid = 7, .time_ns = 3000000000,
					    .name = "eat\ner", .process = f->process,
					    .sender = 9, .sender_name = "timeout",
					    .sender_command = strv_copy(command),
					    .sender_cut = true, .cgroup = copy("/sys/a"),
					    .cgroup_limit = 4 << 20, .lost_samples = 5,
					    .period = 64 };
	f->report.victim = (struct oom_victim){ .pid = 7, .anon_bytes = 4 << 20,
						.page_table_bytes = OOM_UNKNOWN };
	f->report.test = (struct flight_test){ .how = FLIGHT_HOW_VARIABLE, .name = copy("a\n::t"),
					       .runner = "pytest", .variable = "VAR" };
	assert_int_equal(vec_push(&f->report.others,
				  (struct flight_other){ 8, "big", "other\033", 9 << 20 }),
			 0);
	f->view = (struct flight_view){ &f->report, &f->result, 6, false };
}

static void fixture_done(struct fixture *f)
{
	flight_report_done(&f->report);
	flight_process_free(f->process);
	result_done(&f->result);
	symbols_done(&f->symbols);
	stacks_done(&f->stacks);
	modules_done(&f->modules);
}

static char *text_of(const struct fixture *f)
{
	static const struct report_options options = { .top = 10 };
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	assert_int_equal(report_flight_text(&f->view, &options, to), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("'%s' is not in\n%s", what, text);
}

static void test_text(void **state)
{
	struct fixture f;
	_cleanup_free_ char *text = NULL;

	(void)state;
	fixture_init(&f, FLIGHT_OOM);
	text = text_of(&f);
	fixture_done(&f);
	assert_says(text, "  the OOM killer killed eat?er (pid 7)\n");
	assert_says(text, "  command     ./eater a?b\n");
	assert_says(text, "  test        a?::t (pytest, by VAR in its environment)\n");
	assert_says(text, "  cgroup      /sys/a, limit 4.0 MiB\n");
	assert_says(text, "  request     timeout (pid 9) asked for memory last\n");
	assert_says(text, "./eater a?b ...\n");
	assert_says(text, "2.0 s    1.0 MiB");
	assert_says(text, "    2.0 MiB    12.5 %\n");
	assert_says(text, "  others         9.0 MiB  big (pid 8), test other?\n");
	assert_says(text, "where its 4.0 MiB came from: estimated from 1 samples, at last one page "
			  "fault of 64\n    2.0 MiB, 50 %, in 1 sample, first touched at\n");
	assert_says(text, "grow  grow.c:3\n");
	assert_says(text, "1.0 MiB it had from the process that it was forked from\n");
	assert_says(text, "1.0 MiB it took after the last sample\n");
	assert_says(text, "1 time, up to 4.0 KiB, at\n");
	assert_says(text, "what a thread of it was doing when it died\n");
	assert_says(text, "5 samples of all processes were lost");
	assert_says(text, "6 events of kills and ends were lost");
}

/* Without the OOM killer the first words say so. */
static void test_not_oom(void **state)
{
	struct fixture f;
	_cleanup_free_ char *killed = NULL, *refused = NULL;

	(void)state;
	fixture_init(&f, FLIGHT_KILLED);
	f.report.process = NULL;
	flight_test_done(&f.report.test);
	killed = text_of(&f);
	f.view.named = true;
	f.report.end = FLIGHT_REFUSED;
	refused = text_of(&f);
	fixture_done(&f);
	assert_says(killed, "  not the OOM killer: timeout (pid 9) sent SIGKILL to eat?er (pid 7)");
	assert_says(killed, "  test        not known: ");
	assert_says(killed, "the names of functions are looked up next");
	assert_null(strstr(refused, "looked up next"));
	assert_says(killed, "not known, it was never sampled\n");
	assert_says(refused, "  not the OOM killer: a request for memory of eat?er (pid 7) was "
			     "refused, and it ended\n");
}

static void keys_check(const json_t *value, const char *page)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach((json_t *)value, key, member) {
		_cleanup_free_ char *code = str_printf("`%s`", key);

		if (!strstr(page, code))
			fail_msg("docs/OOM.md does not describe %s", key);
		keys_check(member, page);
	}
	json_array_foreach(value, i, member)
		keys_check(member, page);
}

static void test_json(void **state)
{
	_cleanup_free_ char *text = NULL, *page = NULL;
	struct fixture f;
	json_t *root;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	assert_non_null(to);
	fixture_init(&f, FLIGHT_KILLED);
	assert_int_equal(report_flight_json(&f.view, to), 0);
	assert_int_equal(fclose(to), 0);
	fixture_done(&f);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_int_equal(str_read_file("docs/OOM.md", 1 << 20, &page, NULL), 0);
	keys_check(root, page);
	assert_string_equal(json_string_value(json_object_get(root, "end")), "sigkill");
	assert_string_equal(json_string_value(json_object_get(root, "name")), "eat?er");
	assert_string_equal(json_string_value(json_object_get(root, "test")), "a?::t");
	assert_string_equal(json_string_value(json_object_get(root, "test_known_by")), "variable");
	assert_true(json_is_null(json_object_get(root, "page_table_bytes")));
	assert_true(json_is_true(json_object_get(root, "sender_command_cut")));
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(json_object_get(root, "history"), 0),
				 "before_ns")),
			 2000000000);
	json_decref(root);
}

static void test_stream_fails(void **state)
{
	static const struct report_options options = { .color = true };
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
	struct fixture f;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	fixture_init(&f, FLIGHT_OOM);
	assert_int_equal(report_flight_text(&f.view, &options, full), -EIO);
	assert_int_equal(report_flight_json(&f.view, full), -EIO);
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_not_oom),
		cmocka_unit_test(test_json), cmocka_unit_test(test_stream_fails),
	};

	return cmocka_run_group_tests_name("report/flight", tests, NULL, NULL);
}
