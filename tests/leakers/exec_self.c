// SPDX-License-Identifier: BSD-2-Clause
/* Leaks, then executes itself: the memory of the first image is gone, the second one leaks too. */
#include "truth.h"

LEAKER void leak_before_exec(void)
{
	for (int i = 0; i < 11; i++)
		hold(malloc(1111));
	free(hold(malloc(5)));
}

LEAKER void leak_after_exec(void)
{
	for (int i = 0; i < 6; i++)
		hold(malloc(222));
}

static int second_image(void)
{
	leak_after_exec();
	truth_begin();
	truth_site("leak_after_exec", 6, 6 * 222);
	truth_absent("leak_before_exec");
	truth_calls(6, 0);
	truth_number("status", 3);
	truth_end();
	return 3;
}

int main(int argc, char **argv)
{
	char *second[] = { argv[0], (char *)"second image", NULL };

	if (argc > 1)
		return second_image();
	leak_before_exec();
	truth_begin();
	truth_word("end", "exec");
	truth_calls(12, 1);
	truth_end();
	execv("/proc/self/exe", second);
	return 97;
}
