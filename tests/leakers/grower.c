// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process to attach to, driven by signals, answering each with a line on standard output:
 * SIGUSR1 leaks some more, SIGUSR2 frees ten blocks that are older than any attach, SIGALRM leaks
 * more blocks than the smallest table has room for, SIGHUP tells how many bytes of the C library's
 * code differ from its file (each one is a probe in place), SIGTERM prints the truth and ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "truth.h"

enum { N_EARLY = 50, N_STEP = 100, STEP_BYTES = 64, N_FLOOD = 400000 };

static void *early[N_EARLY];
static size_t n_early_freed;
static size_t n_steps;
static size_t n_floods;
static char maps[64 * 1024];

LEAKER void leak_early(void)
{
	for (size_t i = 0; i < N_EARLY; i++)
		early[i] = hold(malloc(128));
}

LEAKER void leak_step(void)
{
	for (int i = 0; i < N_STEP; i++)
		hold(malloc(STEP_BYTES));
}

LEAKER void leak_flood(void)
{
	for (int i = 0; i < N_FLOOD; i++)
		hold(malloc(1));
}

LEAKER void churn_step(void)
{
	for (int i = 0; i < 10; i++)
		free(hold(malloc(777)));
}

static void answer(const char *key, uint64_t number)
{
	truth_bytes = 0;
	truth_number(key, number);
	write_all(STDOUT_FILENO, truth_text, truth_bytes);
}

static void read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && used < sizeof(maps) - 1) {
		n = read(fd, maps + used, sizeof(maps) - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	maps[used] = '\0';
	close(fd);
}

/* Bytes of the mapping that LINE of /proc/self/maps describes that are not those of its file. */
static uint64_t bytes_changed(char *line)
{
	char *at = line;
	uintptr_t begin = strtoul(at, &at, 16);
	uintptr_t end = strtoul(at + 1, &at, 16);
	off_t offset = (off_t)strtoul(at + 6, NULL, 16);
	char *path = strchr(line, '/');
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	const char *memory = (const char *)begin;
	uint64_t n_changed = 0;
	struct stat st;
	char page[4096];

	if (fd < 0 || fstat(fd, &st) < 0)
		_exit(97);
	for (uintptr_t i = 0; i < end - begin; i += sizeof(page)) {
		ssize_t n = pread(fd, page, sizeof(page), offset + (off_t)i);

		for (ssize_t j = 0; j < n; j++)
			n_changed += memory[i + (uintptr_t)j] != page[j];
	}
	close(fd);
	return n_changed;
}

static uint64_t libc_bytes_changed(void)
{
	uint64_t n_changed = 0;
	unsigned n_mappings = 0;
	char *next;

	read_maps();
	for (char *line = maps; *line != '\0'; line = next) {
		next = strchr(line, '\n');
		if (!next)
			break;
		*next++ = '\0';
		if (!strstr(line, "/libc.so.6") || !strstr(line, " r-xp "))
			continue;
		n_changed += bytes_changed(line);
		n_mappings++;
	}
	if (n_mappings == 0)
		_exit(97);
	return n_changed;
}

static void truth_print(void)
{
	truth_begin();
	truth_site("leak_step", n_steps * N_STEP, n_steps * N_STEP * STEP_BYTES);
	if (n_floods > 0)
		truth_site("leak_flood", n_floods * N_FLOOD, n_floods * N_FLOOD);
	truth_absent("leak_early");
	truth_absent("churn_step");
	truth_calls(n_steps * (N_STEP + 10) + n_floods * N_FLOOD, n_steps * 10);
	truth_number("unknown_frees", n_early_freed);
	truth_end();
}

static void free_early(void)
{
	for (size_t i = 0; i < 10 && n_early_freed < N_EARLY; i++)
		free(early[n_early_freed++]);
}

int main(void)
{
	sigset_t signals;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGALRM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	leak_early();
	answer("ready", (uint64_t)getpid());
	while (sigwait(&signals, &number) == 0) {
		if (number == SIGTERM) {
			truth_print();
			return 0;
		} else if (number == SIGUSR1) {
			leak_step();
			churn_step();
			answer("step", ++n_steps);
		} else if (number == SIGUSR2) {
			free_early();
			answer("freed", n_early_freed);
		} else if (number == SIGALRM) {
			leak_flood();
			answer("flood", ++n_floods);
		} else {
			answer("changed", libc_bytes_changed());
		}
	}
	return 97;
}
