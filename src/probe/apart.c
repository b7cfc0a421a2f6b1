// SPDX-License-Identifier: BSD-2-Clause
/* Processes that make links and close them: see apart.h. */
#include "probe/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
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

enum { HOLDER_STACK_BYTES = 16384 };

/* What a process holds, before it closes every so many-th of the links. */
struct holder {
	const int *fds;
	size_t n;
	size_t first;
	size_t stride;
	int ready[2]; /* its end: every holder has let go of what the others hold */
	int gate[2];  /* its end: nobody else holds the links any more */
};

/* They have descriptors of their own, and this memory: copying it would take longer than all. */
struct apart_closing {
	pid_t pids[APART_MAX_HOLDERS];
	size_t n;
	_Alignas(16) char stacks[APART_MAX_HOLDERS][HOLDER_STACK_BYTES];
};

/*
 * Holds its links until the gate opens; they are closed while it ends. Of the C library only what
 * keeps nothing for the thread, which is the caller's.
 */
static int holder_run(void *data)
{
	const struct holder *holder = data;
	char byte;

	syscall(SYS_setsid);
	syscall(SYS_close_range, STDIN_FILENO, STDERR_FILENO, 0);
	syscall(SYS_close, holder->gate[1]);
	syscall(SYS_close, holder->ready[0]);
	for (size_t i = 0; i < holder->n; i++) {
		if (i % holder->stride != holder->first)
			syscall(SYS_close, holder->fds[i]);
	}
	syscall(SYS_close, holder->ready[1]);
	/* No signal interrupts it: all are blocked. */
	syscall(SYS_read, holder->gate[0], &byte, 1);
	syscall(SYS_exit_group, 0);
	return 0;
}

static void end_close(int *fd)
{
	closep(fd);
	*fd = -1;
}

static void holders_start(struct apart_closing *closing, struct holder holder)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	for (holder.first = 0; holder.first < holder.stride; holder.first++) {
		char *stack = closing->stacks[holder.first];
		pid_t pid;

		/* What it gets is at the far end of its stack, which it does not come to. */
		memcpy(stack, &holder, sizeof(holder));
		pid = clone(holder_run, stack + HOLDER_STACK_BYTES, CLONE_VM, stack);
		if (pid < 0)
			break;
		closing->pids[closing->n++] = pid;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void holders_release(const struct apart_closing *closing, struct holder *holder)
{
	char byte;

	end_close(&holder->ready[1]);
	while (read(holder->ready[0], &byte, 1) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < holder->n; i++) {
		if (i % holder->stride < closing->n)
			close(holder->fds[i]);
	}
	end_close(&holder->gate[1]);
}

struct apart_closing *apart_close_begin(const int *fds, size_t n)
{
	struct apart_closing *closing = n ? calloc(1, sizeof(*closing)) : NULL;
	struct holder holder = {
		.fds = fds,
		.n = n,
		.stride = n < APART_MAX_HOLDERS ? n : APART_MAX_HOLDERS,
		.ready = { -1, -1 },
		.gate = { -1, -1 },
	};

	if (closing && pipe2(holder.ready, O_CLOEXEC) == 0 && pipe2(holder.gate, O_CLOEXEC) == 0) {
		holders_start(closing, holder);
		holders_release(closing, &holder);
	}
	closep(&holder.ready[0]);
	closep(&holder.gate[0]);
	closep(&holder.ready[1]);
	closep(&holder.gate[1]);
	return closing;
}

void apart_close_end(struct apart_closing *closing)
{
	for (size_t i = 0; closing && i < closing->n; i++)
		wait_for(closing->pids[i]);
	free(closing);
}
