// SPDX-License-Identifier: BSD-2-Clause
/*
 * One test per process, by the name of what it does; for runners that start a process each. A
 * number after the name makes the blocks so many times as large: shells hold no such blocks.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "body.h"

/* So that the compiler cannot leave an allocation out. */
static void *volatile keep;

static size_t times = 1;

static void leak(int n, size_t bytes)
{
	for (int i = 0; i < n; i++)
		keep = malloc(bytes * times);
	keep = NULL; /* nothing points to them any more */
}

static void work(void)
{
	keep = malloc(1000);
	free(keep);
}

/* A process of the test: what it leaks is the test's. */
static int run_child(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		leak(1, 64);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "clean";

	if (argc > 2)
		times = strtoul(argv[2], NULL, 10);
	work();
	if (strcmp(what, "leak") == 0)
		leak(3, 100);
	else if (strcmp(what, "child") == 0)
		return run_child();
	else if (strcmp(what, "open") == 0)
		body_open();
	else if (strcmp(what, "thread") == 0)
		body_thread();
	else if (strcmp(what, "fail") == 0)
		return 1;
	else if (strcmp(what, "skip") == 0)
		return 77;
	else if (strcmp(what, "crash") == 0) {
		leak(1, 50);
		abort();
	}
	return 0;
}
