// SPDX-License-Identifier: BSD-2-Clause
/* Becomes an unprivileged user for good, between two leaks. Must be started by root. */
#include <grp.h>

#include "truth.h"

LEAKER void leak_as_root(void)
{
	for (int i = 0; i < 8; i++)
		hold(malloc(80));
}

LEAKER void leak_as_nobody(void)
{
	for (int i = 0; i < 5; i++)
		hold(malloc(500));
}

int main(void)
{
	leak_as_root();
	if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
		return 97;
	if (setuid(0) == 0)
		return 96;
	leak_as_nobody();
	truth_begin();
	truth_site("leak_as_root", 8, 640);
	truth_site("leak_as_nobody", 5, 2500);
	truth_calls(13, 0);
	truth_end();
	return 0;
}
