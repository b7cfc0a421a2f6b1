// SPDX-License-Identifier: BSD-2-Clause
/*
 * Logs of many kernels and loggers (tests/data/oom): what is read out of each is compared with
 * what its file of expectations says. Then each is cut at every line, and damaged at random: that
 * must never crash, and never find a victim that the log does not name.
 */
#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "oom/parser.h"

#define DATA "tests/data/oom/"

static void number_write(FILE *to, const char *key, uint64_t value)
{
	if (value == OOM_UNKNOWN)
		fprintf(to, "  %s ?\n", key);
	else
		fprintf(to, "  %s %" PRIu64 "\n", key, value);
}

static void text_write(FILE *to, const char *key, const char *text)
{
	fprintf(to, "  %s %s\n", key, text ? text : "?");
}

static void event_write(FILE *to, const struct oom_event *event)
{
	const struct oom_limit *limit = oom_limit_hit(event, NULL);

	fprintf(to, "event %s\n", oom_scope_name(event->scope));
	text_write(to, "time", event->time);
	text_write(to, "kernel", event->kernel);
	text_write(to, "requester", event->invoker);
	text_write(to, "cgroup", event->cgroup);
	text_write(to, "victim_cgroup", event->victim_cgroup);
	text_write(to, "nodes", event->nodes);
	number_write(to, "used", limit ? limit->used_bytes : OOM_UNKNOWN);
	number_write(to, "limit", limit ? limit->limit_bytes : OOM_UNKNOWN);
	number_write(to, "refused", limit ? limit->n_refused : OOM_UNKNOWN);
	number_write(to, "total", event->total_bytes);
	number_write(to, "page", event->page_size_proven ? event->page_bytes : OOM_UNKNOWN);
	for (int i = 0; i < _OOM_KIND_MAX; i++) {
		if (event->memory[i] != OOM_UNKNOWN)
			number_write(to, oom_kind_name((enum oom_kind)i), event->memory[i]);
	}
	vec_foreach(victim, &event->victims) {
		fprintf(to, "  victim %" PRIu32 " %s\n", victim->pid,
			victim->name ? victim->name : "?");
		number_write(to, "  anon", victim->anon_bytes);
		number_write(to, "  file", victim->file_bytes);
		number_write(to, "  shmem", victim->shmem_bytes);
	}
	for (size_t i = 0; i < event->tasks.n && i < 3; i++)
		fprintf(to, "  task %" PRIu32 " %s adj %d holds %" PRIu64 "\n",
			event->tasks.items[i].pid, event->tasks.items[i].name,
			event->tasks.items[i].score_adj, oom_task_bytes(&event->tasks.items[i]));
	fprintf(to, "  tasks %zu\n  cause %s\n  missing %zu\n", event->tasks.n,
		oom_cause_name(event->cause), event->missing.n);
}

static char *facts(const struct oom_log *log)
{
	char *text = NULL;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	assert_non_null(to);
	vec_foreach(event, &log->events)
		event_write(to, event);
	vec_foreach(hint, &log->hints)
		fprintf(to, "hint %" PRIu64 " %s: %s\n", hint->n, hint->is_oom_kill ? "yes" : "no",
			hint->text);
	fprintf(to, "lines %" PRIu64 "\n", log->n_lines);
	assert_int_equal(fclose(to), 0);
	return text;
}

static void parse(const char *text, size_t n, struct oom_log *log)
{
	assert_int_equal(oom_parse(text, n, log), 0);
	assert_int_equal(oom_judge(log), 0);
	vec_foreach(event, &log->events) {
		assert_non_null(event->answer);
		assert_true(event->advice.n > 0);
		assert_true(event->victims.n == 0 || event->reason);
	}
}

/* Calls CHECK for each log; returns how many there were. */
static int logs_each(void (*check)(const char *name, const char *text, size_t n))
{
	DIR *dir = opendir(DATA);
	struct dirent *entry;
	int n_logs = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *path = str_printf(DATA "%s", entry->d_name), *text = NULL;
		size_t n;

		if (!str_ends_with(entry->d_name, ".log"))
			continue;
		assert_int_equal(str_read_file(path, 1 << 20, &text, &n), 0);
		entry->d_name[strlen(entry->d_name) - 4] = '\0';
		check(entry->d_name, text, n);
		n_logs++;
	}
	closedir(dir);
	return n_logs;
}

static void check_facts(const char *name, const char *text, size_t n)
{
	_cleanup_free_ char *path = str_printf(DATA "%s.expect", name);
	_cleanup_free_ char *expected = NULL, *got = NULL;
	struct oom_log log = { 0 };

	parse(text, n, &log);
	got = facts(&log);
	oom_log_done(&log);
	if (getenv("LEAKTRACE_TEST_GOLDEN")) {
		FILE *to = fopen(path, "w");

		assert_non_null(to);
		fputs(got, to);
		fclose(to);
	}
	assert_int_equal(str_read_file(path, 1 << 20, &expected, NULL), 0);
	if (strcmp(expected, got))
		fail_msg("%s: expected\n%s\ngot\n%s", name, expected, got);
}

static void test_logs(void **state)
{
	(void)state;
	assert_true(logs_each(check_facts) >= 50);
}

/* A log that lost its end, or its start, names no one who is not named in it. */
static void check_cut(const char *name, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct oom_log head = { 0 }, tail = { 0 };

		if (text[i] != '\n' && i % 97)
			continue;
		parse(text, i, &head);
		parse(text + i, n - i, &tail);
		vec_foreach(event, &tail.events) {
			vec_foreach(victim, &event->victims) {
				_cleanup_free_ char *pid = str_printf("%" PRIu32, victim->pid);

				if (!strstr(text, pid))
					fail_msg("%s: pid %s", name, pid);
			}
		}
		oom_log_done(&head);
		oom_log_done(&tail);
	}
}

static void test_cut(void **state)
{
	(void)state;
	logs_each(check_cut);
}

static void check_damaged(const char *name, const char *text, size_t n)
{
	static const char bytes[] = "0987 :,()[]kB-\n#x%\0\377/";
	_cleanup_free_ char *copy = malloc(n);
	unsigned seed = 1;

	(void)name;
	assert_non_null(copy);
	for (int round = 0; round < 30; round++) {
		struct oom_log log = { 0 };

		memcpy(copy, text, n);
		for (int i = 0; i < 40; i++) {
			seed = seed * 1103515245 + 12345;
			copy[seed / 65536 % n] = bytes[seed / 7 % (sizeof(bytes) - 1)];
		}
		parse(copy, n, &log);
		oom_log_done(&log);
	}
}

static void test_damaged(void **state)
{
	(void)state;
	logs_each(check_damaged);
}

static void test_empty(void **state)
{
	struct oom_log log = { 0 };

	(void)state;
	parse("", 0, &log);
	assert_int_equal(log.events.n, 0);
	assert_int_equal(log.n_lines, 0);
	oom_log_done(&log);
}

/* Numbers that no kernel prints are not known, and their sums do not overflow. */
static void test_numbers(void **state)
{
	static const char text[] =
		"a invoked oom-killer: gfp_mask=0x0, order=99, oom_score_adj=0\n"
		"memory: usage 18446744073709551615kB, limit 99999999999999999999999kB, failcnt 1\n"
		"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
		"name\n"
		"[ 7] 0 7 281474976710656 281474976710656 1152921504606846976 281474976710656 9 x\n"
		"[ 8] 0 8 281474976710656 281474976710656 1152921504606846976 281474976710656 0 x\n"
		"[ 4294967296] 0 8 1 1 1 1 0 y\n"
		"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/a,task_memcg=/a,task=x,pid=7,"
		"uid=0\n"
		"Memory cgroup out of memory: Killed process 7 (x) total-vm:1152921504606846976kB, "
		"anon-rss:-1kB, file-rss:kB, UID:0 oom_score_adj:-1001\n"
		"Killed process 99999999999 (z) total-vm:1kB\n";
	struct oom_log log = { 0 };
	struct oom_event *event;

	(void)state;
	parse(text, sizeof(text) - 1, &log);
	assert_int_equal(log.events.n, 1);
	event = log.events.items;
	assert_false(event->has_order);
	assert_null(oom_limit_hit(event, NULL));
	assert_int_equal(event->tasks.n, 2);
	assert_true(event->tasks.items[0].rss_bytes == 1ull << 60);
	assert_int_equal(event->victims.n, 1);
	assert_true(event->victims.items[0].anon_bytes == OOM_UNKNOWN);
	assert_false(event->victims.items[0].has_score_adj);
	oom_log_done(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs),  cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("oom/logs", tests, NULL, NULL);
}
