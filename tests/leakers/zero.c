// SPDX-License-Identifier: BSD-2-Clause
/* Blocks of no bytes are blocks, and free(NULL) frees nothing. */
#include "truth.h"

enum { N_BLOCKS = 4 };

LEAKER void leak_malloc_zero(void)
{
	hold(malloc(opaque(0)));
}

LEAKER void leak_calloc_zero(void)
{
	hold(calloc(opaque(0), opaque(8)));
}

LEAKER void leak_realloc_zero(void)
{
	hold(realloc(hold(NULL), opaque(0)));
}

LEAKER void free_zero(void)
{
	free(hold(malloc(opaque(0))));
}

LEAKER void free_nothing(void)
{
	free(hold(NULL));
}

int main(void)
{
	for (int i = 0; i < N_BLOCKS; i++) {
		leak_malloc_zero();
		leak_calloc_zero();
		leak_realloc_zero();
		free_zero();
		free_nothing();
	}
	truth_begin();
	truth_site("leak_malloc_zero", N_BLOCKS, 0);
	truth_site("leak_calloc_zero", N_BLOCKS, 0);
	truth_site("leak_realloc_zero", N_BLOCKS, 0);
	truth_absent("free_zero");
	truth_absent("free_nothing");
	truth_calls(4 * N_BLOCKS, N_BLOCKS);
	truth_end();
	return 0;
}
