// SPDX-License-Identifier: BSD-2-Clause
/* The server: a process is stopped, scanned and let go, in whatever state the server is closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/server.h"

enum { PATIENCE_MS = 20000 };

static int held_fd;
static struct scan_server *server;
static pid_t child;

static void read_held(void *data, struct scan_server *of)
{
	(void)data;
	(void)of;
}

static void let_go(void *data, uint32_t space)
{
	(void)data;
	(void)space;
}

static int setup(void **state)
{
	struct scan_server_options options = { .read_held = read_held,
					       .let_go = let_go,
					       .timeout_ns = 20000000000 };
	struct diag diag = { 0 };

	(void)state;
	held_fd = options.held_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	child = fork();
	/* Not this program: AddressSanitizer reserves terabytes of addresses. */
	if (child == 0) {
		execl("/bin/sleep", "sleep", "1000", NULL);
		_exit(127);
	}
	return scan_server_open(&options, &server, &diag);
}

/* Whatever has happened, the child runs and can be ended, and its status is for its parent. */
static int teardown(void **state)
{
	int status = 0;

	(void)state;
	scan_server_close(server);
	close(held_fd);
	kill(child, SIGTERM);
	if (waitpid(child, &status, 0) != child)
		return -1;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : -1;
}

static enum scan_next wait_next(struct scan_job **job)
{
	struct pollfd fd = { .fd = scan_server_fd(server), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	return scan_server_next(server, job);
}

static struct scan_job *stop_child(void)
{
	struct scan_job *job;

	assert_int_equal(scan_server_request(server, 7, child), 0);
	assert_int_equal(wait_next(&job), SCAN_NEXT_BLOCKS);
	assert_int_equal(job->space, 7);
	assert_int_equal(job->pid, child);
	return job;
}

static void test_whole_way(void **state)
{
	struct scan_job *job = stop_child();

	(void)state;
	scan_server_start(server, job);
	assert_int_equal(wait_next(&job), SCAN_NEXT_DONE);
	assert_int_equal(job->error, 0);
	scan_server_drop(server, job);
	/* It can be stopped again. */
	scan_server_drop(server, stop_child());
}

static void test_closed_when_asked(void **state)
{
	(void)state;
	assert_int_equal(scan_server_request(server, 7, child), 0);
}

static void test_closed_when_dropped(void **state)
{
	(void)state;
	scan_server_drop(server, stop_child());
}

static void test_closed_when_scanned(void **state)
{
	(void)state;
	scan_server_start(server, stop_child());
}

static void test_no_process(void **state)
{
	struct scan_job *job;
	pid_t gone = fork();

	(void)state;
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_int_equal(scan_server_request(server, 1, gone), 0);
	assert_int_equal(wait_next(&job), SCAN_NEXT_DONE);
	assert_int_equal(job->error, -ESRCH);
	scan_server_drop(server, job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_way, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed_when_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed_when_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed_when_scanned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
