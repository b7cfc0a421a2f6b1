// SPDX-License-Identifier: BSD-2-Clause
/*
 * Closes every descriptor, as daemons do, and leaks after that: nothing that leaktrace needs may
 * be a descriptor of this process. Tells the truth first, while it still can.
 */
#include <sys/syscall.h>

#include "truth.h"

LEAKER void leak_with_nothing_open(void)
{
	for (int i = 0; i < 15; i++)
		hold(malloc(150));
}

int main(void)
{
	truth_begin();
	truth_site("leak_with_nothing_open", 15, 15 * 150);
	truth_calls(15, 0);
	truth_number("status", 6);
	truth_end();
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	syscall(SYS_close_range, 0U, ~0U, 0U);
	leak_with_nothing_open();
	return 6;
}
