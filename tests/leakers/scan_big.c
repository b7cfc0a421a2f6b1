// SPDX-License-Identifier: BSD-2-Clause
/* scan_big MIB: holds so much in blocks of 1 KiB, each of which leads to the one before. */
#include "truth.h"

enum { BLOCK_BYTES = 1024 };

void **newest;

LEAKER void *in_chain(void)
{
	return hold(malloc(BLOCK_BYTES));
}

int main(int argc, char **argv)
{
	uint64_t n = argc == 2 ? strtoull(argv[1], NULL, 10) * 1024 : 0;

	for (uint64_t i = 0; i < n; i++) {
		void **block = in_chain();

		memset(block, 0x11, BLOCK_BYTES);
		*block = newest;
		newest = block;
	}
	truth_begin();
	truth_class("in_chain", "reachable", n, n * BLOCK_BYTES);
	truth_end();
	return 0;
}
