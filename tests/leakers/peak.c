// SPDX-License-Identifier: BSD-2-Clause
/*
 * Holds most in the middle, for tests of peaks: in rounds, as tests/leakers/rounds.c, it holds
 * a little, then 10 MiB more from one call site, then nothing of these any more but a little of
 * another.
 */
#include <stdio.h>
#include <stdlib.h>

enum { N_HIGH = 10, HIGH_BYTES = 1 << 20 };

static void *volatile base, *volatile later, *volatile high[N_HIGH];

static __attribute__((noinline)) void hold_base(void)
{
	base = malloc(1000);
}

static __attribute__((noinline)) void raise_peak(void)
{
	for (int i = 0; i < N_HIGH; i++)
		high[i] = malloc(HIGH_BYTES);
}

static __attribute__((noinline)) void hold_later(void)
{
	later = malloc(5000);
}

/* Says where it is and waits until it may go on. */
static int wait_round(const char *name)
{
	char line[16];

	printf("%s\n", name);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) != NULL;
}

int main(void)
{
	hold_base();
	if (!wait_round("low"))
		return 2;
	raise_peak();
	if (!wait_round("high"))
		return 2;
	for (int i = 0; i < N_HIGH; i++)
		free(high[i]);
	hold_later();
	return wait_round("after") ? 0 : 2;
}
