// SPDX-License-Identifier: BSD-2-Clause
/*
 * fd_ends SCENE [ROUNDS]: ways in which descriptors go back, or seem to, besides close(): over an
 * exec, in a child, in another thread, in a range, or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "truth.h"

extern char **environ;

static char *program; /* this one */
static unsigned long n_rounds;

LEAKER int leak_one(int flags)
{
	int fd = open("/etc/passwd", O_RDONLY | flags);

	__asm__ volatile("" : "+r"(fd));
	return fd;
}

/* The same from another place. */
LEAKER int leak_other(int flags)
{
	int fd = open("/etc/group", O_RDONLY | flags);

	__asm__ volatile("" : "+r"(fd));
	return fd;
}

LEAKER void open_many(int n, int flags)
{
	for (int i = 0; i < n; i++)
		leak_one(flags);
}

LEAKER int bad_close(int fd)
{
	int r = close(fd);

	__asm__ volatile("" : "+r"(r));
	return r;
}

static void tell(const char *function, const char *class, uint64_t n)
{
	truth_begin();
	if (n)
		truth_fd(function, class, n);
	truth_end();
}

static void child_wait(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		_exit(97);
}

/* What one place left open once, at the end. */
static void scene_at_exit(void)
{
	leak_one(0);
	tell("leak_one", "at-exit", 1);
}

LEAKER void leak_pipe(void)
{
	int ends[2];

	if (pipe(ends) < 0)
		_exit(97);
	__asm__ volatile("" : : "r"(ends) : "memory");
}

/* Two descriptors of one call are held once; their halves, of two calls, are not. */
LEAKER void leak_halves(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		_exit(97);
	close(ends[0]);
}

static void scene_pairs(void)
{
	leak_pipe();
	for (size_t i = 0, n = opaque(2); i < n; i++)
		leak_halves();
	truth_begin();
	truth_fd("leak_pipe", "at-exit", 2);
	truth_fd("leak_halves", "leaked", 2);
	truth_end();
}

static void scene_killed(void)
{
	open_many(5, 0);
	tell("leak_one", "leaked", 5);
	kill(getpid(), SIGKILL);
}

/* An open descriptor that dup2() closes on the way. */
static void scene_dup2(void)
{
	int fd = leak_one(0), other = leak_other(0);

	if (dup2(STDERR_FILENO, fd) != fd || dup2(other, other) != other)
		_exit(97);
	close(fd);
	tell("leak_other", "at-exit", 1);
}

static void scene_close_range(void)
{
	int first = leak_one(0);

	open_many(9, 0);
	leak_other(0);
	if (syscall(SYS_close_range, first, first + 7, 0) < 0)
		_exit(97);
	truth_begin();
	truth_fd("leak_one", "leaked", 2);
	truth_fd("leak_other", "at-exit", 1);
	truth_end();
}

/* With CLOSE_RANGE_CLOEXEC nothing is closed before an exec. */
static void scene_range_cloexec(void)
{
	open_many(4, 0);
	if (syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		_exit(97);
	tell("leak_one", "leaked", 4);
}

static void scene_double_close(void)
{
	int fd = leak_one(0);

	close(fd);
	for (size_t i = 0; i < opaque(2); i++) {
		if (bad_close(fd) == 0 || errno != EBADF)
			_exit(97);
	}
	tell("bad_close", "bad-close", 2);
}

/* A child holds copies: they are not its leaks, nor does what it closes go from its parent. */
static void scene_fork(void)
{
	pid_t child;
	int fd;

	open_many(3, 0);
	fd = leak_other(0);
	child = fork();
	if (child == 0) {
		close(fd);
		leak_other(0);
		tell("leak_other", "at-exit", 1);
		_exit(0);
	}
	child_wait(child);
	truth_begin();
	truth_fd("leak_one", "leaked", 3);
	truth_fd("leak_other", "at-exit", 1);
	truth_end();
}

/* exec closes some; the others are open at the exit of the next program, by whose place in this. */
static void scene_exec(void)
{
	char *next[] = { program, "after_exec", NULL };

	open_many(3, O_CLOEXEC);
	leak_other(0);
	truth_begin();
	truth_word("end", "exec");
	truth_end();
	execv(program, next);
	_exit(97);
}

static void scene_after_exec(void)
{
	leak_one(0);
	truth_begin();
	truth_fd("leak_other", "at-exit", 1);
	truth_fd("leak_one", "at-exit", 1);
	truth_end();
}

static void scene_nothing(void)
{
	tell("", "", 0);
}

/* What the child of a vfork() does to its descriptors is not done to its parent's. */
static void scene_spawn(void)
{
	char *next[] = { program, "nothing", NULL };
	posix_spawn_file_actions_t actions;
	int fd = leak_one(0);
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, fd);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (posix_spawn(&child, program, &actions, NULL, next, environ) != 0)
		_exit(97);
	posix_spawn_file_actions_destroy(&actions);
	child_wait(child);
	tell("leak_one", "at-exit", 1);
}

static char stack_of_clone[65536] __attribute__((aligned(16)));

static int shared_child(void *fd)
{
	close(*(int *)fd);
	leak_other(0);
	return 0;
}

/* A process with memory of its own and the same descriptors. */
static void scene_shared_table(void)
{
	int fd = leak_one(0);
	pid_t child;

	leak_one(0);
	leak_one(0);
	child = clone(shared_child, stack_of_clone + sizeof(stack_of_clone), CLONE_FILES | SIGCHLD,
		      &fd);
	child_wait(child);
	truth_begin();
	truth_fd("leak_one", "at-exit", 2);
	truth_fd("leak_other", "at-exit", 1);
	truth_end();
}

/* Its own copy from then on, of what another process made. */
static void scene_unshare(void)
{
	int fd = leak_one(0);

	if (unshare(CLONE_FILES) < 0)
		_exit(97);
	close(fd);
	leak_other(0);
	tell("leak_other", "at-exit", 1);
}

enum { N_THREADS = 4, N_ROUNDS = 20000, N_KEPT = 7 };

static int handed_over[10];

/* Opens and closes among others who do the same, and keeps a few. */
static void *thread_main(void *unused)
{
	for (int i = 0; i < N_ROUNDS; i++) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0)
			_exit(97);
		close(fd);
	}
	for (int i = 0; i < N_KEPT; i++)
		leak_one(0);
	return unused;
}

static void scene_threads(void)
{
	pthread_t threads[N_THREADS];

	for (int i = 0; i < N_THREADS; i++) {
		if (pthread_create(&threads[i], NULL, thread_main, NULL) != 0)
			_exit(97);
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	tell("leak_one", "leaked", N_THREADS * N_KEPT);
}

static volatile sig_atomic_t is_told;

static void on_signal(int number)
{
	is_told = number;
}

/* ROUNDS times as fast as it goes, after SIGUSR1: says how many per second. */
static void scene_churn(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct timespec begin, end;
	double seconds;

	sigaction(SIGUSR1, &action, NULL);
	write_all(STDOUT_FILENO, "ready\n", strlen("ready\n"));
	for (int i = 0; i < 3000 && !is_told; i++)
		usleep(10000);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned long i = 0; i < n_rounds; i++) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0 || close(fd) < 0)
			_exit(97);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	open_many(2, 0);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	truth_begin();
	truth_number("rate", (uint64_t)((double)n_rounds / seconds));
	truth_fd("leak_one", "leaked", 2);
	truth_end();
}

/* A descriptor of a thread that has ended stays, and another one closes it. */
static void *thread_open(void *unused)
{
	for (size_t i = 0; i < 10; i++)
		handed_over[i] = leak_one(0);
	return unused;
}

static void scene_other_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_open, NULL) != 0)
		_exit(97);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < 8; i++)
		close(handed_over[i]);
	tell("leak_one", "leaked", 2);
}

/* What is taken for the standard descriptors is no leak. */
static void scene_standard(void)
{
	close(STDIN_FILENO);
	if (leak_one(0) != STDIN_FILENO)
		_exit(97);
	tell("", "", 0);
}

/* More than the kernel's first table of a process has room for. */
static void scene_many(void)
{
	open_many(900, 0);
	for (int fd = 100; fd < 600; fd++)
		close(fd);
	tell("leak_one", "leaked", 400);
}

/* Where tests begin and end, for --test-marker. */
LEAKER void case_begin(const char *name)
{
	hold((void *)name);
}

LEAKER void case_end(void)
{
	hold(NULL);
}

/* One descriptor outlives its test, another is closed by a later one, a third belongs to none. */
static void scene_cases(void)
{
	int fd;

	case_begin("leaks");
	leak_one(0);
	fd = leak_one(0);
	case_end();
	case_begin("cleans up");
	close(fd);
	case_end();
	leak_other(0);
	truth_begin();
	truth_fd("leak_one", "leaked", 1);
	truth_fd("leak_other", "at-exit", 1);
	truth_end();
}

#define SCENE(name)                                                                                \
	{                                                                                          \
#name, scene_##name                                                                \
	}
static const struct {
	const char *name;
	void (*play)(void);
} scenes[] = {
	SCENE(at_exit),	     SCENE(pairs),	   SCENE(killed),	SCENE(dup2),
	SCENE(close_range),  SCENE(range_cloexec), SCENE(double_close), SCENE(fork),
	SCENE(exec),	     SCENE(after_exec),	   SCENE(nothing),	SCENE(spawn),
	SCENE(shared_table), SCENE(unshare),	   SCENE(threads),	SCENE(churn),
	SCENE(cases),	     SCENE(other_thread),  SCENE(standard),	SCENE(many),
};

int main(int argc, char **argv)
{
	program = argv[0];
	n_rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	for (size_t i = 0; argc > 1 && i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (strcmp(scenes[i].name, argv[1]) == 0) {
			/* What the caller has left open would be in between. */
			if (scenes[i].play != scene_after_exec)
				syscall(SYS_close_range, 3, ~0u, 0);
			scenes[i].play();
			return 0;
		}
	}
	return 2;
}
