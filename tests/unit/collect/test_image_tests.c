// SPDX-License-Identifier: BSD-2-Clause
/* Events about tests: what is passed on of them, and that damaged ones are not. */
#include "images_feed.h"

struct event {
	struct lt_event_test test;
	char more[64];
};

static size_t event_set(struct event *event, const char *first, const char *second)
{
	size_t n0 = first ? strlen(first) + 1 : 0, n1 = second ? strlen(second) + 1 : 0;

	*event = (struct event){ 0 };
	event->test.event = (struct lt_event){ .type = LT_EVENT_TEST, .space = 1, .time_ns = 5 };
	event->test.test.what = LT_TEST_BEGIN;
	event->test.test.n_bytes[0] = (uint32_t)n0;
	event->test.test.n_bytes[1] = (uint32_t)n1;
	memcpy(event->test.texts, first ? first : "", n0);
	memcpy(event->test.texts + n0, second ? second : "", n1);
	return sizeof(event->test) + n0 + n1;
}

static void test_texts(void **state)
{
	struct event event;
	size_t n = event_set(&event, "Suite", "Case");

	(void)state;
	feed_command(1);
	feed_event(&event, n);
	assert_int_equal(feed.n_test_signals, 1);
	assert_string_equal(feed.test_texts[0], "Suite");
	assert_string_equal(feed.test_texts[1], "Case");
	assert_int_equal(feed.test_signal.time_ns, 5);
	assert_int_equal(feed.test_signal.process, 0);
	assert_int_equal(feed.test_signal.runner_process, TEST_NO_PROCESS);
	n = event_set(&event, NULL, "Case");
	feed_event(&event, n);
	assert_string_equal(feed.test_texts[0], "(none)");
	assert_string_equal(feed.test_texts[1], "Case");
}

/* The runner is the process that is in its space now. */
static void test_runner(void **state)
{
	struct event event;
	size_t n = event_set(&event, NULL, NULL);

	(void)state;
	feed_command(1);
	feed_space(2, CHILD_PID, 1, 1);
	feed_fork(2);
	event.test.event.space = 2;
	event.test.test.runner_space = 1;
	feed_event(&event, n);
	assert_int_equal(feed.test_signal.process, 1);
	assert_int_equal(feed.test_signal.runner_process, 0);
	event.test.test.runner_space = 3;
	feed_event(&event, n);
	assert_int_equal(feed.test_signal.runner_process, TEST_NO_PROCESS);
	event.test.test.runner_space = LT_MAX_SPACES + 1;
	feed_event(&event, n);
	assert_int_equal(feed.test_signal.runner_process, TEST_NO_PROCESS);
}

/* Texts beyond the event or without their NUL, and events cut anywhere, are dropped. */
static void test_damaged(void **state)
{
	struct event event;
	size_t whole = event_set(&event, "Suite", "Case");

	(void)state;
	feed_command(1);
	for (size_t n = 0; n < whole; n++)
		feed_event(&event, n);
	assert_int_equal(feed.n_test_signals, 0);
	event.test.test.n_bytes[0] = UINT32_MAX;
	feed_event(&event, whole);
	event.test.test.n_bytes[0] = 3;
	feed_event(&event, whole);
	assert_int_equal(feed.n_test_signals, 0);
	event_set(&event, "Suite", "Case");
	event.test.test.n_bytes[1] = 4;
	feed_event(&event, whole);
	assert_int_equal(feed.n_test_signals, 0);
}

/* Each exec and each end is told once. */
static void test_processes(void **state)
{
	(void)state;
	feed_command(1);
	assert_int_equal(feed.n_test_processes, 1);
	feed_space(2, CHILD_PID, 1, 1);
	feed_fork(2);
	assert_int_equal(feed.n_test_processes, 1);
	feed_end(2);
	assert_int_equal(feed.n_test_processes, 2);
	assert_int_equal(feed.last_test_process, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(test_texts),
		FEED_TEST(test_runner),
		FEED_TEST(test_damaged),
		FEED_TEST(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
