// SPDX-License-Identifier: BSD-2-Clause
/* A program with the C library inside (linked with -static): no library to put probes on. */
#include "truth.h"

LEAKER void leak_static(void)
{
	for (int i = 0; i < 12; i++)
		hold(malloc(120));
}

LEAKER void leak_static_grown(void)
{
	hold(realloc(hold(calloc(3, 5)), opaque(2000)));
}

int main(void)
{
	leak_static();
	leak_static_grown();
	free(hold(malloc(1)));
	truth_begin();
	truth_site("leak_static", 12, 1440);
	truth_site("leak_static_grown", 1, 2000);
	truth_number("allocations_at_least", 15);
	truth_number("frees_at_least", 2);
	truth_end();
	return 0;
}
