// SPDX-License-Identifier: BSD-2-Clause
/* deep N: leaks at the end of N nested calls: a stack that is long, and the same in every block. */
#include "truth.h"

enum { N_TOO_DEEP = 1000 }; /* more frames than anybody keeps */

LEAKER void leak_deep(void)
{
	hold(malloc(99));
}

LEAKER void descend(size_t n)
{
	char frame[64];

	hold(frame);
	if (n == 0)
		leak_deep();
	else
		descend(n - 1);
	hold(frame);
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (n == 0)
		return 2;
	for (int i = 0; i < 10; i++)
		descend(n);
	truth_begin();
	truth_site("leak_deep", 10, 990);
	if (n > N_TOO_DEEP)
		truth_word("truncated", "leak_deep");
	truth_calls(10, 0);
	truth_end();
	return 0;
}
