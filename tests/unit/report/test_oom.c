// SPDX-License-Identifier: BSD-2-Clause
/* The reports of "oom --explain": whole texts, and JSON members as docs/OOM.md has them. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "report/oom.h"

static char *copy(const char *text)
{
	char *fresh = strdup(text);

	assert_non_null(fresh);
	return fresh;
}

/* A kill in a cgroup, with all that a kernel prints. */
static void log_fill(struct oom_log *log)
{
	struct oom_event event;
	struct oom_task task = { .pid = 7, .uid = 1, .total_vm_bytes = 90 << 20,
				 .rss_bytes = 63 << 20, .anon_bytes = 62 << 20,
				 .file_bytes = 1 << 20, .shmem_bytes = 0,
				 .page_table_bytes = 8192, .swap_bytes = 0, .score_adj = 5 };
	struct oom_victim victim = { .pid = 7, .uid = 1, .total_vm_bytes = 90 << 20,
				     .anon_bytes = 62 << 20, .file_bytes = 1 << 20,
				     .shmem_bytes = 0, .page_table_bytes = 8192,
				     .has_score_adj = true, .score_adj = 5 };

	oom_event_init(&event);
	event.time = copy("12.5");
	event.kernel = copy("6.1");
	event.invoker = copy("ask\033er");
	event.invoker_pid = 9;
	event.has_head = event.has_order = true;
	event.scope = OOM_SCOPE_CGROUP;
	event.cgroup = copy("/a");
	event.victim_cgroup = copy("/a/b");
	event.limits[OOM_COUNTER_MEMORY] =
		(struct oom_limit){ 64 << 20, 64 << 20, 12345 };
	event.memory[OOM_ANON] = 62 << 20;
	event.memory[OOM_SHMEM] = 0;
	task.name = copy("eater");
	victim.name = copy("eater");
	assert_int_equal(vec_push(&event.tasks, task), 0);
	assert_int_equal(vec_push(&event.victims, victim), 0);
	log->n_lines = 1234;
	log->first_time = copy("1.0");
	log->last_time = copy("13.0");
	assert_int_equal(vec_push(&log->events, event), 0);
	assert_int_equal(oom_judge(log), 0);
}

static char *text_of(const struct oom_log *log)
{
	static const struct report_options options = { .color = false };
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	assert_int_equal(report_oom_text(log, "x.log", &options, to), 0);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void test_text(void **state)
{
	struct oom_log log = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	log_fill(&log);
	log.events.items[0].invoker[3] = '?';
	text = text_of(&log);
	oom_log_done(&log);
	assert_string_equal(
		text,
		"leaktrace: yes, the OOM killer killed 1 process\n"
		"           in x.log: 1,234 lines, from 1.0 to 13.0\n"
		"\n"
		"eater (pid 7, uid 1), at 12.5, kernel 6.1\n"
		"  limit       the limit of the cgroup /a for memory: 64.0 MiB used of 64.0 MiB, "
		"reached 12,345 times\n"
		"              since it was made\n"
		"  request     ask?er (pid 9) asked for 4.0 KiB more, and nothing could be "
		"reclaimed\n"
		"  victim      eater (pid 7, uid 1): 62.0 MiB anonymous, 1.0 MiB file, 0 B shared "
		"memory, 8.0 KiB\n"
		"              page tables; oom_score_adj 5\n"
		"  why it      the highest score of 1 process: 16211 pages, of which oom_score_adj "
		"5 makes 82\n"
		"  the cause?  yes: it held 62.0 MiB, 97 % of what the cgroup /a may use\n"
		"  memory      anonymous 62.0 MiB, shared memory and tmpfs 0 B\n"
		"  biggest         MEMORY       SWAP    ADJ      PID  NAME\n"
		"            !   63.0 MiB        0 B      5        7  eater\n"
		"  next        find what eater holds and where it got it: run it as \"leaktrace -- "
		"COMMAND\", or \"sudo\n"
		"              leaktrace -p PID\" while it grows\n"
		"              have \"sudo leaktrace oom\" running when it happens again: it keeps "
		"the stacks that held\n"
		"              the memory\n"
		"              if it needs that much, raise the limit: memory.max or "
		"memory.limit_in_bytes, docker\n"
		"              --memory, resources.limits.memory of a pod, MemoryMax= of a "
		"service\n"
		"              the limit is not that of the victim's own cgroup, /a/b, but of one "
		"above it: all that\n"
		"              runs there counts together\n");
}

/* An empty log is a "no"; one that starts late says what that is worth. */
static void test_no(void **state)
{
	struct oom_log log = { .n_lines = 1 };
	_cleanup_free_ char *whole = text_of(&log), *late = NULL;

	(void)state;
	log.starts_late = true;
	late = text_of(&log);
	assert_true(str_starts_with(whole, "leaktrace: no, the OOM killer killed nobody\n"
					   "           in x.log: 1 line\n"));
	assert_null(strstr(whole, "  but "));
	assert_non_null(strstr(late, "  but "));
}

/* systemd's word is a yes even without the kernel's. */
static void test_hint(void **state)
{
	struct oom_log log = { .n_lines = 1 };
	struct oom_hint hint = { .text = "systemd says", .n = 2, .is_oom_kill = true };
	_cleanup_free_ char *text = NULL;

	(void)state;
	hint.line = copy("the line");
	assert_int_equal(vec_push(&log.hints, hint), 0);
	text = text_of(&log);
	oom_log_done(&log);
	assert_non_null(strstr(text, "yes, the OOM killer killed, but only systemd's words"));
	assert_non_null(strstr(text, "  2 lines     systemd says\n              the line\n"));
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
	struct oom_log log = { 0 };
	const char *requester;
	json_t *root, *event;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	assert_non_null(to);
	log_fill(&log);
	assert_int_equal(report_oom_json(&log, "x.log", to), 0);
	assert_int_equal(fclose(to), 0);
	oom_log_done(&log);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_int_equal(str_read_file("docs/OOM.md", 1 << 20, &page, NULL), 0);
	keys_check(root, page);
	event = json_array_get(json_object_get(root, "events"), 0);
	requester = json_string_value(json_object_get(event, "requester"));
	assert_string_equal(requester, "ask?er");
	assert_int_equal(json_integer_value(json_object_get(event, "held_bytes")),
			 (62 << 20) + 8192);
	assert_true(json_is_null(json_object_get(event, "total_bytes")));
	assert_true(json_is_null(json_object_get(event, "page_bytes")));
	assert_string_equal(json_string_value(json_object_get(event, "cause")), "victim");
	json_decref(root);
}

static void test_stream_fails(void **state)
{
	static const struct report_options options = { .color = true };
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
	struct oom_log log = { 0 };

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	log_fill(&log);
	assert_int_equal(report_oom_text(&log, "x", &options, full), -EIO);
	assert_int_equal(report_oom_json(&log, "x", full), -EIO);
	oom_log_done(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_no),
		cmocka_unit_test(test_hint), cmocka_unit_test(test_json),
		cmocka_unit_test(test_stream_fails),
	};

	return cmocka_run_group_tests_name("report/oom", tests, NULL, NULL);
}
