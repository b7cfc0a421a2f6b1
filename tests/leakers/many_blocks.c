// SPDX-License-Identifier: BSD-2-Clause
/* many_blocks N: holds N blocks of 16 bytes at once: the table of live blocks must grow. */
#include "truth.h"

enum { N_BYTES = 16 };

LEAKER void leak_many(void)
{
	hold(malloc(N_BYTES));
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (n == 0)
		return 2;
	for (size_t i = 0; i < n; i++)
		leak_many();
	truth_begin();
	truth_site("leak_many", n, n * N_BYTES);
	truth_calls(n, 0);
	truth_end();
	return 0;
}
