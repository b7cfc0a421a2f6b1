// SPDX-License-Identifier: BSD-2-Clause
/*
 * spawner SEED: one short process, which leaks nothing.
 * spawner COUNT HELD: runs itself COUNT times like that, by fork and by posix_spawn in turn, and
 * checks the output and the exit status of each: "wrong N" is how many were not what they must
 * be. HELD > 0: meanwhile a further process holds so many blocks. Prints the time that the first
 * and the second half took.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "truth.h"

enum { N_VALUES = 60 };

extern char **environ;

static char self_path[] = "/proc/self/exe";

static uint32_t mix(uint32_t sum, uint32_t value)
{
	return (sum ^ value) * 16777619U;
}

/* What the short process number SEED must say, computed without an allocator. */
static uint32_t expected_sum(uint32_t seed)
{
	uint32_t sum = seed;

	for (uint32_t n = 0; n < N_VALUES; n++)
		sum = mix(sum, seed + n * n);
	return sum;
}

/* The same from blocks that grow, move and go. */
static uint32_t worker_sum(uint32_t seed)
{
	uint32_t *values = NULL;
	uint32_t sum = seed;

	for (uint32_t n = 0; n < N_VALUES; n++) {
		uint32_t *more = (uint32_t *)hold(realloc(values, (n + 1) * 1000));
		char *zeros = (char *)hold(calloc(n + 1, 30));

		if (!more || !zeros)
			_exit(97);
		values = more;
		values[n] = seed + n * n + (uint32_t)zeros[n];
		free(zeros);
	}
	for (uint32_t n = 0; n < N_VALUES; n++)
		sum = mix(sum, values[n]);
	free(values);
	return sum;
}

static size_t worker_text(uint32_t seed, uint32_t sum, char *text, size_t bytes)
{
	return (size_t)snprintf(text, bytes, "worker %u says %u\n", (unsigned)seed, (unsigned)sum);
}

static int worker_main(uint32_t seed)
{
	char text[64];

	write_all(STDOUT_FILENO, text, worker_text(seed, worker_sum(seed), text, sizeof(text)));
	return (int)(seed % 100);
}

/* Starts worker SEED with its standard output at FD; by fork for even numbers. */
static pid_t worker_start(uint32_t seed, int fd)
{
	char number[16];
	char *arguments[] = { (char *)"worker", number, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	snprintf(number, sizeof(number), "%u", (unsigned)seed);
	if (seed % 2 == 0) {
		pid = fork();
		if (pid == 0) {
			dup2(fd, STDOUT_FILENO);
			execv(self_path, arguments);
			_exit(127);
		}
		return pid;
	}
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (posix_spawn(&pid, self_path, &actions, NULL, arguments, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Runs worker SEED: 0 when it said and returned what it must. */
static int worker_check(uint32_t seed)
{
	char expected[64];
	char text[128];
	size_t used = 0;
	ssize_t n = 1;
	int fds[2];
	int status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid = worker_start(seed, fds[1]);
	close(fds[1]);
	while (pid > 0 && used < sizeof(text) && n > 0) {
		n = read(fds[0], text + used, sizeof(text) - used);
		used += n > 0 ? (size_t)n : 0;
	}
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != (int)(seed % 100))
		return -1;
	if (used != worker_text(seed, expected_sum(seed), expected, sizeof(expected)))
		return -1;
	return memcmp(text, expected, used) == 0 ? 0 : -1;
}

/* Starts the process that holds many blocks, and returns when it does. */
static pid_t holder_start(size_t n_blocks)
{
	char byte;
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < n_blocks; i++)
			hold(malloc(32));
		write_all(fds[1], "", 1);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (pid > 0 && read(fds[0], &byte, 1) != 1)
		_exit(97);
	close(fds[0]);
	return pid;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t spawn_range(uint32_t from, uint32_t to)
{
	uint64_t n_wrong = 0;

	for (uint32_t i = from; i < to; i++) {
		if (worker_check(i) < 0)
			n_wrong++;
	}
	return n_wrong;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	size_t n_held = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t times_us[3];
	uint64_t n_wrong;
	pid_t holder = 0;

	if (argc == 2)
		return worker_main(n);
	if (argc != 3 || n < 2)
		return 2;
	if (n_held > 0)
		holder = holder_start(n_held);
	times_us[0] = now_us();
	n_wrong = spawn_range(0, n / 2);
	times_us[1] = now_us();
	n_wrong += spawn_range(n / 2, n);
	times_us[2] = now_us();
	if (holder > 0 && (kill(holder, SIGKILL) < 0 || waitpid(holder, NULL, 0) != holder))
		return 97;
	printf("first_us %llu\nsecond_us %llu\nspawned %u\nwrong %llu\n",
	       (unsigned long long)(times_us[1] - times_us[0]),
	       (unsigned long long)(times_us[2] - times_us[1]), (unsigned)n,
	       (unsigned long long)n_wrong);
	return n_wrong > 0 || holder < 0;
}
