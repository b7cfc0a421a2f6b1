// SPDX-License-Identifier: BSD-2-Clause
/* Holds five blocks of 300 KiB: above the size from which the C library maps each one. */
#include "truth.h"

enum { N_BLOCKS = 5, N_BYTES = 300 * 1024, N_FREED = 7 };

LEAKER void leak_big(void)
{
	memset(hold(malloc(N_BYTES)), 1, N_BYTES);
}

LEAKER void free_big(void)
{
	free(hold(malloc(N_BYTES)));
}

int main(void)
{
	for (int i = 0; i < N_BLOCKS; i++)
		leak_big();
	for (int i = 0; i < N_FREED; i++)
		free_big();
	truth_begin();
	truth_site("leak_big", N_BLOCKS, (uint64_t)N_BLOCKS * N_BYTES);
	truth_absent("free_big");
	truth_calls(N_BLOCKS + N_FREED, N_FREED);
	truth_end();
	return 0;
}
