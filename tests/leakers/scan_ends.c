// SPDX-License-Identifier: BSD-2-Clause
/*
 * scan_ends HOW: ends in one of many ways, with blocks that are held by local variables alone, of
 * functions that have returned by then (lost) or have not (reachable).
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "truth.h"

enum { BYTES = 120, STATUS = 7, ALTERNATE_BYTES = 65536 };

#define MAKER(name)                                                                                \
	LEAKER void *name(void)                                                                    \
	{                                                                                          \
		return hold(malloc(BYTES));                                                        \
	}

MAKER(dropped)
MAKER(in_frame)
MAKER(in_main_frame)
MAKER(in_thread_frame)
MAKER(in_handler_frame)
MAKER(in_parent)
MAKER(in_child)

void *parent_root;
static atomic_int thread_runs, first_waits;
static pthread_t first_thread;

/* With local variables that are used again after what is called here. */
LEAKER void end_deep(int depth, void (*end)(void))
{
	void *volatile local = in_frame();

	if (depth > 1)
		end_deep(depth - 1, end);
	else
		end();
	hold(local);
}

LEAKER void call_exit(void)
{
	exit(STATUS);
}

LEAKER void call_exit_now(void)
{
	_exit(STATUS);
}

LEAKER void call_quick_exit(void)
{
	quick_exit(STATUS);
}

/* Ends the truth: what follows allocates nothing. */
static void tell(const char *key, uint64_t value)
{
	truth_class("dropped", "lost", 1, BYTES);
	truth_number(key, value);
	truth_end();
}

static void end_exit(void)
{
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	tell("status", STATUS);
	end_deep(5, call_exit);
}

static void end_exit_now(void)
{
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	tell("status", STATUS);
	end_deep(5, call_exit_now);
}

static void end_quick_exit(void)
{
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	tell("status", STATUS);
	end_deep(5, call_quick_exit);
}

/* Handlers of exit() run below the frames that still hold. */
static void at_exit(void)
{
	_exit(STATUS);
}

static void end_in_exit_handler(void)
{
	atexit(at_exit);
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	tell("status", STATUS);
	end_deep(5, call_exit);
}

static void on_signal(int number)
{
	void *volatile local = in_handler_frame();

	(void)number;
	exit(STATUS);
	hold(local);
}

LEAKER void raise_signal(void)
{
	raise(SIGUSR1);
}

static void end_in_handler(int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(SIGUSR1, &action, NULL);
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	truth_class("in_handler_frame", "reachable", 1, BYTES);
	tell("status", STATUS);
	end_deep(5, raise_signal);
}

static void end_handler(void)
{
	end_in_handler(0);
}

static void end_mapped_stack(void)
{
	stack_t stack = { .ss_size = ALTERNATE_BYTES };

	stack.ss_sp = mmap(NULL, ALTERNATE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaltstack(&stack, NULL);
	end_in_handler(SA_ONSTACK);
}

/* The kernel alone knows where the stack is, until a handler runs on it. */
LEAKER void *allocated_stack(void)
{
	return hold(malloc(ALTERNATE_BYTES));
}

static void end_allocated_stack(void)
{
	stack_t stack = { .ss_size = ALTERNATE_BYTES, .ss_sp = allocated_stack() };

	sigaltstack(&stack, NULL);
	truth_class("allocated_stack", "reachable", 1, ALTERNATE_BYTES);
	end_in_handler(SA_ONSTACK);
}

LEAKER void thread_body(void)
{
	void *volatile local = in_thread_frame();

	end_deep(5, call_exit);
	hold(local);
}

static void *thread_exits(void *unused)
{
	while (!atomic_load(&first_waits))
		usleep(1000);
	truth_class("in_frame", "reachable", 5, 5 * BYTES);
	truth_class("in_thread_frame", "reachable", 1, BYTES);
	tell("status", STATUS);
	thread_body();
	return unused;
}

/* What functions that have returned have left below. */
LEAKER void clear_below(void)
{
	volatile char room[16384];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

static void wait_for_ever(void)
{
	clear_below();
	atomic_store(&first_waits, 1);
	for (;;)
		pause();
}

static void start_thread(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) != 0 || pthread_detach(thread) != 0)
		_exit(97);
}

static void end_thread(void)
{
	start_thread(thread_exits);
	wait_for_ever();
}

/* The process ends by itself, with the last thread; the others' frames are gone. */
static void *last_thread(void *unused)
{
	void *volatile local = in_thread_frame();

	(void)local;
	pthread_join(first_thread, NULL);
	truth_class("in_main_frame", "lost", 1, BYTES);
	truth_class("in_thread_frame", "lost", 1, BYTES);
	tell("status", 0);
	return unused;
}

static void end_last_thread(void)
{
	void *volatile local = in_main_frame();

	first_thread = pthread_self();
	start_thread(last_thread);
	pthread_exit(NULL);
	hold(local);
}

static void *running_thread(void *unused)
{
	void *volatile local = in_thread_frame();

	atomic_store(&thread_runs, 1);
	while (local)
		pause();
	return unused;
}

static void end_detached(void)
{
	start_thread(running_thread);
	while (!atomic_load(&thread_runs))
		usleep(1000);
	truth_class("in_thread_frame", "reachable", 1, BYTES);
	tell("status", STATUS);
	call_exit();
}

static void tell_child(void)
{
	truth_begin();
	in_child();
	truth_class("in_child", "lost", 1, BYTES);
	truth_number("status", 0);
	truth_end();
	_exit(0);
}

/* The child drops its copy of the pointer: what it has inherited is not its leak. */
static void end_fork(void)
{
	pid_t pid;

	parent_root = in_parent();
	pid = fork();
	if (pid == 0) {
		parent_root = NULL;
		tell_child();
	}
	waitpid(pid, NULL, 0);
	truth_class("in_parent", "reachable", 1, BYTES);
	tell("status", STATUS);
	call_exit();
}

static void tell_unjudged(int signal)
{
	truth_class("dropped", "outstanding", 1, BYTES);
	truth_number("signal", (uint64_t)signal);
	truth_end();
}

static void end_abort(void)
{
	tell_unjudged(SIGABRT);
	abort();
}

static void end_killed(void)
{
	tell_unjudged(SIGKILL);
	raise(SIGKILL);
}

static const struct end {
	const char *name;
	void (*end)(void);
} ends[] = {
	{ "exit", end_exit },
	{ "exit_now", end_exit_now },
	{ "quick_exit", end_quick_exit },
	{ "exit_handler", end_in_exit_handler },
	{ "handler", end_handler },
	{ "mapped_stack", end_mapped_stack },
	{ "allocated_stack", end_allocated_stack },
	{ "thread", end_thread },
	{ "last_thread", end_last_thread },
	{ "detached", end_detached },
	{ "fork", end_fork },
	{ "abort", end_abort },
	{ "killed", end_killed },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(argv[1], ends[i].name) != 0)
			continue;
		truth_begin();
		dropped();
		ends[i].end();
	}
	return 2;
}
