// SPDX-License-Identifier: BSD-2-Clause
/*
 * measure [-p] FILE COMMAND...: runs COMMAND and writes into FILE: time before and after it
 * (nanoseconds), CPU time of it and the children it waited for, resident memory (KiB) of the
 * largest of these, and of COMMAND's own process (-p: looked at every 10 ms, else 0).
 * The exit status is COMMAND's.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench.h"

enum { POLL_NS = 10000000 };

/* The highest resident memory of PID until now, PEAK if it cannot be read any more. */
static unsigned long peak_read(pid_t pid, unsigned long peak)
{
	char path[64], text[4096];
	const char *line;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return peak;
	text[n] = '\0';
	line = strstr(text, "\nVmHWM:");
	return line ? strtoul(line + strlen("\nVmHWM:"), NULL, 10) : peak;
}

static uint64_t timeval_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

/* Waits for PID; fills STATUS and USAGE; returns its peak if ASKED. */
static unsigned long child_wait(pid_t pid, int asked, const sigset_t *signals, int *status,
				struct rusage *usage)
{
	const struct timespec poll = { .tv_nsec = POLL_NS };
	unsigned long peak = 0;

	if (!asked)
		sigwaitinfo(signals, NULL);
	while (wait4(pid, status, asked ? WNOHANG : 0, usage) == 0) {
		peak = peak_read(pid, peak);
		sigtimedwait(signals, NULL, &poll);
	}
	return peak;
}

/* Not with stdio, which allocates: this program may run under the tool that is measured. */
static void usage_write(const char *path, uint64_t begin, const struct rusage *usage,
			unsigned long peak)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC);
	uint64_t cpu = timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
	char line[160];
	int n = snprintf(line, sizeof(line), "%llu %llu %llu %ld %lu\n",
			 (unsigned long long)begin, (unsigned long long)end,
			 (unsigned long long)cpu, usage->ru_maxrss, peak);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || n < 0 || write(fd, line, (size_t)n) != n || close(fd) != 0)
		_exit(97);
}

int main(int argc, char **argv)
{
	int asked = argc > 1 && strcmp(argv[1], "-p") == 0;
	struct rusage usage = { 0 };
	sigset_t signals, old;
	unsigned long peak;
	int status = 0;
	uint64_t begin;
	pid_t pid;

	argv += asked;
	if (argc - asked < 3)
		return 2;
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &old);
	begin = clock_ns(CLOCK_MONOTONIC);
	pid = fork();
	if (pid < 0)
		return 97;
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	peak = child_wait(pid, asked, &signals, &status, &usage);
	usage_write(argv[1], begin, &usage, peak);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
