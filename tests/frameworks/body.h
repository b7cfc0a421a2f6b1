/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of each framework do: the numbers are those that tests/e2e expects. */
#ifndef LT_TESTS_FRAMEWORKS_BODY_H
#define LT_TESTS_FRAMEWORKS_BODY_H

#include <stdlib.h>

static void *volatile body_slot, *given;

static inline void body_leak(int n, size_t bytes)
{
	for (int i = 0; i < n; i++)
		body_slot = malloc(bytes);
	body_slot = NULL; /* nothing points to them any more */
}

static inline void body_clean(void)
{
	body_slot = malloc(1000);
	free(body_slot);
	body_slot = NULL;
}

/* Of one test, released by a later one. */
static inline void body_give(void)
{
	given = malloc(6002);
}

static inline void body_take(void)
{
	free(given);
	given = NULL;
}

#endif
