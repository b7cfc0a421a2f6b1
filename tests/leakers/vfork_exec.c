// SPDX-License-Identifier: BSD-2-Clause
/*
 * A child made by vfork, and one by posix_spawn, each of which executes this program again. Until
 * then they share the memory of the parent, whose blocks must survive the ends of both.
 */
#include <spawn.h>
#include <sys/wait.h>

#include "truth.h"

extern char **environ;

LEAKER void leak_before_vfork(void)
{
	for (int i = 0; i < 9; i++)
		hold(malloc(300));
}

LEAKER void leak_after_vfork(void)
{
	for (int i = 0; i < 4; i++)
		hold(malloc(44));
}

LEAKER void leak_in_child(void)
{
	for (int i = 0; i < 3; i++)
		hold(malloc(600));
}

static int child_main(void)
{
	leak_in_child();
	truth_begin();
	truth_site("leak_in_child", 3, 1800);
	truth_absent("leak_before_vfork");
	truth_calls(3, 0);
	truth_end();
	return 0;
}

static void child_wait(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status != 0)
		_exit(97);
}

int main(int argc, char **argv)
{
	char *again[] = { argv[0], (char *)"child", NULL };
	pid_t child;

	if (argc > 1)
		return child_main();
	leak_before_vfork();
	child = vfork();
	if (child < 0)
		_exit(97);
	if (child == 0) {
		execv("/proc/self/exe", again);
		_exit(97);
	}
	child_wait(child);
	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, again, environ) != 0)
		_exit(97);
	child_wait(child);
	leak_after_vfork();
	truth_begin();
	truth_site("leak_before_vfork", 9, 2700);
	truth_site("leak_after_vfork", 4, 176);
	truth_absent("leak_in_child");
	truth_calls(13, 0);
	truth_end();
	return 0;
}
