// SPDX-License-Identifier: BSD-2-Clause
/*
 * Takes memory until it is killed or has enough: eater HOW MEGABYTES [N]. HOW is malloc (many
 * blocks), map (mmap alone), shmem (a memfd), children (N of them, of which the last eats),
 * threads (N that wait, one eats), alone (the first thread ends, another one eats), waits (mallocs
 * when SIGUSR1 comes), refused (mallocs until NULL under a limit of its own). Prints its pid first,
 * as the one that eats, and "enough" if nothing killed it.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "truth.h"

enum { MEGABYTE = 1 << 20, BLOCK = 64 * 1024 };

static size_t megabytes;

/* Not all zeros and not all alike: it is memory, whatever the kernel merges or compresses. */
static void *touched(void *pointer, size_t bytes)
{
	char *at = pointer;

	for (size_t i = 0; i < bytes; i += 4096)
		at[i] = (char)(i >> 12 | 1);
	return hold(pointer);
}

LEAKER void eat_malloc(void)
{
	for (size_t i = 0; i < megabytes * (MEGABYTE / BLOCK); i++)
		touched(malloc(BLOCK), BLOCK);
}

LEAKER void eat_map(void)
{
	for (size_t i = 0; i < megabytes; i++)
		touched(mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0),
			MEGABYTE);
}

LEAKER void eat_shmem(void)
{
	int fd = memfd_create("eater", 0);

	if (fd < 0 || ftruncate(fd, (off_t)(megabytes * MEGABYTE)) < 0)
		_exit(99);
	touched(mmap(NULL, megabytes * MEGABYTE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		megabytes * MEGABYTE);
}

static void say(const char *key, uint64_t value)
{
	truth_number(key, value);
	write_all(STDOUT_FILENO, truth_text, truth_bytes);
	truth_bytes = 0;
}

static void eat(const char *how)
{
	say("eater", (uint64_t)getpid());
	if (strcmp(how, "map") == 0)
		eat_map();
	else if (strcmp(how, "shmem") == 0)
		eat_shmem();
	else
		eat_malloc();
	write_all(STDOUT_FILENO, "enough\n", 7);
}

/* Says who it is, and eats when it is told to. */
static void eat_when_told(void)
{
	sigset_t told;
	int number;

	sigemptyset(&told);
	sigaddset(&told, SIGUSR1);
	sigprocmask(SIG_BLOCK, &told, NULL);
	say("eater", (uint64_t)getpid());
	sigwait(&told, &number);
	eat_malloc();
}

static void *wait_for_ever(void *argument)
{
	pause();
	return argument;
}

static void eat_among_threads(size_t n)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&thread, &attr, wait_for_ever, NULL) != 0)
			_exit(99);
	eat("malloc");
}

static void *eat_when_alone(void *first)
{
	pthread_join((pthread_t)first, NULL);
	eat("malloc");
	return NULL;
}

static void eat_alone(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, eat_when_alone, (void *)pthread_self()) != 0)
		_exit(99);
	pthread_exit(NULL);
}

/* The last of N children eats; how it ended is how this ends. */
static int eat_in_child(size_t n)
{
	pid_t pids[64];
	int status = 0;

	n = n > 64 ? 64 : n < 1 ? 1 : n;
	for (size_t i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0 && i + 1 == n) {
			eat("malloc");
			_exit(0);
		}
		if (pids[i] == 0) {
			touched(malloc(MEGABYTE), MEGABYTE);
			pause();
		}
	}
	waitpid(pids[n - 1], &status, 0);
	for (size_t i = 0; i + 1 < n; i++) {
		kill(pids[i], SIGTERM);
		waitpid(pids[i], NULL, 0);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

LEAKER int eat_until_refused(void)
{
	struct rlimit limit = { megabytes * MEGABYTE, megabytes * MEGABYTE };

	say("eater", (uint64_t)getpid());
	if (setrlimit(RLIMIT_AS, &limit) < 0)
		return 99;
	for (;;) {
		void *block = malloc(BLOCK);

		/* As a program that says so first: time for whoever looks at it. */
		if (!block) {
			usleep(300000);
			return 12;
		}
		hold(block);
	}
}

int main(int argc, char **argv)
{
	size_t n = argc > 3 ? (size_t)atoi(argv[3]) : 4;

	if (argc < 3)
		return 2;
	megabytes = (size_t)atoi(argv[2]);
	if (strcmp(argv[1], "children") == 0)
		return eat_in_child(n);
	if (strcmp(argv[1], "refused") == 0)
		return eat_until_refused();
	if (strcmp(argv[1], "waits") == 0)
		eat_when_told();
	else if (strcmp(argv[1], "threads") == 0)
		eat_among_threads(n);
	else if (strcmp(argv[1], "alone") == 0)
		eat_alone();
	else
		eat(argv[1]);
	return 0;
}
