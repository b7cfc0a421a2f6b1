// SPDX-License-Identifier: BSD-2-Clause
/*
 * A library for stack_swap, built several times: NAME is in the names of its functions, FRAME_BYTES
 * decides what its frames look like. With the same FRAME_BYTES the code is the same to the byte.
 */
#include "../truth.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

void plugin_run(void);

LEAKER void JOIN(leak_in_, NAME)(void)
{
	char frame[FRAME_BYTES];

	hold(frame);
	hold(malloc(100));
	hold(frame);
}

LEAKER void JOIN(call_in_, NAME)(void)
{
	char frame[FRAME_BYTES];

	hold(frame);
	JOIN(leak_in_, NAME)();
	hold(frame);
}

/* Slowly, so that the first of the leaks are seen before the library is known, others after. */
void plugin_run(void)
{
	for (volatile int i = 0; i < 20; i++) {
		JOIN(call_in_, NAME)();
		usleep(10000);
	}
}
