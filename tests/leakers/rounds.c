// SPDX-License-Identifier: BSD-2-Clause
/*
 * Works in rounds, for tests of growth: after each it prints "round N" and waits for a line. Each
 * round one call site holds 100 bytes more, a second one only after the second round, a third one
 * always the same; and one descriptor more is open.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_MAX = 100 };

static void *volatile kept[2 * ROUNDS_MAX + 1];
static size_t n_kept;

static __attribute__((noinline)) void grow_always(void)
{
	kept[n_kept++] = malloc(100);
}

/* The branch is here, and not in the loop, whose calls a compiler would double for it. */
static __attribute__((noinline)) void grow_once(int round)
{
	if (round == 1)
		kept[n_kept++] = malloc(5000);
}

static __attribute__((noinline)) void hold_still(void)
{
	kept[n_kept++] = malloc(70);
}

static __attribute__((noinline)) int open_more(void)
{
	/* No jump: the stack has to have this function. */
	volatile int fd = open("/dev/null", O_RDONLY);

	return fd;
}

int main(void)
{
	char line[16];

	hold_still();
	for (int i = 0; i < ROUNDS_MAX; i++) {
		grow_always();
		grow_once(i);
		if (open_more() < 0)
			return 2;
		printf("round %d\n", i);
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			break;
	}
	return 0;
}
