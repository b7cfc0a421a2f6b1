// SPDX-License-Identifier: BSD-2-Clause
/* sizes N: N blocks of 16 bytes, fewer of 1000, 1500 and 20000; the same again is freed. */
#include "truth.h"

LEAKER void *leak_small(void)
{
	return hold(malloc(16));
}

LEAKER void *leak_medium(void)
{
	return hold(calloc(10, 100));
}

LEAKER void *leak_large(void)
{
	return hold(malloc(20000));
}

/* Small at first, so that only its second size counts. */
LEAKER void *leak_grown(void *block)
{
	return hold(realloc(block, 1500));
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (n < 1000)
		return 2;
	for (size_t i = 0; i < n; i++) {
		leak_small();
		free(leak_small());
		if (i % 100 == 0) {
			leak_medium();
			free(leak_medium());
			leak_grown(leak_small());
		}
		if (i % 1000 == 0) {
			leak_large();
			free(leak_large());
		}
	}
	truth_begin();
	truth_site("leak_small", n, 16 * n);
	truth_site("leak_medium", (n + 99) / 100, (n + 99) / 100 * 1000);
	truth_site("leak_large", (n + 999) / 1000, (n + 999) / 1000 * 20000);
	truth_site("leak_grown", (n + 99) / 100, (n + 99) / 100 * 1500);
	truth_calls(2 * n + (n + 99) / 100 * 4 + (n + 999) / 1000 * 2,
		    n + (n + 99) / 100 * 2 + (n + 999) / 1000);
	truth_end();
	return 0;
}
