// SPDX-License-Identifier: BSD-2-Clause
/* Processes that make links and close them: see apart.h. */
#include "probe/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

struct call {
	long (*function)(void *data);
	void *data;
	long result;
};

static int call_run(void *data)
{
	struct call *call = data;

	/* A signal to leaktrace's process group is not for this one. */
	setsid();
	call->result = call->function(call->data);
	return 0;
}

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static long call_once(long (*function)(void *data), void *data)
{
	_Alignas(16) char stack[16384];
	struct call call = { .function = function, .data = data, .result = -EINTR };
	pid_t pid =
		clone(call_run, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_FILES, &call);

	if (pid < 0)
		return -errno;
	wait_for(pid);
	return call.result;
}

enum { OPEN_TRIES = 40, OPEN_PAUSE_US = 50000 };

long apart_open(long (*function)(void *data), void *data)
{
	long r = call_once(function, data);

	for (int i = 1; r == -ENOMEM && i < OPEN_TRIES; i++) {
		usleep(OPEN_PAUSE_US);
		r = call_once(function, data);
	}
	return r;
}

/* So many processes close links; each of them closes every so many-th. */
struct holders {
	const int *fds;
	size_t n;
	size_t n_wanted;
	struct apart_closing started;
	int ready[2]; /* its end: every holder has let go of what the others hold */
	int gate[2];  /* its end: nobody else holds the links any more */
};

/* Holds its links until the gate opens; they are closed while it ends. */
_Noreturn static void holder_run(struct holders *holders, size_t me)
{
	char byte;
	ssize_t n;

	setsid();
	close_range(STDIN_FILENO, STDERR_FILENO, 0);
	close(holders->gate[1]);
	close(holders->ready[0]);
	for (size_t i = 0; i < holders->n; i++) {
		if (i % holders->n_wanted != me)
			close(holders->fds[i]);
	}
	close(holders->ready[1]);
	do
		n = read(holders->gate[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	_exit(0);
}

static void end_close(int *fd)
{
	closep(fd);
	*fd = -1;
}

static void holders_start(struct holders *holders)
{
	holders->n_wanted = holders->n < APART_MAX_HOLDERS ? holders->n : APART_MAX_HOLDERS;
	for (size_t i = 0; i < holders->n_wanted; i++) {
		pid_t pid = fork();

		if (pid == 0)
			holder_run(holders, i);
		if (pid < 0)
			return;
		holders->started.pids[holders->started.n++] = pid;
	}
}

static void holders_release(struct holders *holders)
{
	char byte;

	end_close(&holders->ready[1]);
	while (read(holders->ready[0], &byte, 1) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < holders->n; i++) {
		if (i % holders->n_wanted < holders->started.n)
			close(holders->fds[i]);
	}
	end_close(&holders->gate[1]);
}

void apart_close_begin(const int *fds, size_t n, struct apart_closing *ret_closing)
{
	struct holders holders = { .fds = fds, .n = n, .ready = { -1, -1 }, .gate = { -1, -1 } };

	if (n && pipe2(holders.ready, O_CLOEXEC) == 0 && pipe2(holders.gate, O_CLOEXEC) == 0) {
		holders_start(&holders);
		holders_release(&holders);
	}
	closep(&holders.ready[0]);
	closep(&holders.gate[0]);
	closep(&holders.ready[1]);
	closep(&holders.gate[1]);
	*ret_closing = holders.started;
}

void apart_close_end(struct apart_closing *closing)
{
	for (size_t i = 0; i < closing->n; i++)
		wait_for(closing->pids[i]);
	closing->n = 0;
}
