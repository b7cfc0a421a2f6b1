// SPDX-License-Identifier: BSD-2-Clause
/*
 * Parent and child leak after a fork. What the child inherited is not its leak; when it frees
 * or reallocates an inherited block, its parent still holds that block.
 */
#include <sys/wait.h>

#include "truth.h"

enum { N_INHERITED = 10 };

static char *inherited[N_INHERITED];

LEAKER void leak_before_fork(void)
{
	for (int i = 0; i < N_INHERITED; i++)
		inherited[i] = (char *)hold(malloc(64));
}

LEAKER void leak_in_parent(void)
{
	for (int i = 0; i < 20; i++)
		hold(malloc(1000));
}

LEAKER void leak_in_child(void)
{
	for (int i = 0; i < 40; i++)
		hold(malloc(500));
}

LEAKER void leak_grown_in_child(void)
{
	inherited[5] = (char *)hold(realloc(inherited[5], opaque(7777)));
}

static void child_main(void)
{
	free(inherited[0]);
	free(inherited[1]);
	leak_grown_in_child();
	leak_in_child();
	truth_begin();
	truth_site("leak_in_child", 40, 20000);
	truth_site("leak_grown_in_child", 1, 7777);
	truth_absent("leak_before_fork");
	truth_absent("leak_in_parent");
	truth_calls(41, 0);
	truth_number("unknown_frees", 3);
	truth_number("status", 7);
	truth_end();
	_exit(7);
}

int main(void)
{
	int status;
	pid_t child;

	leak_before_fork();
	child = fork();
	if (child < 0)
		return 97;
	if (child == 0)
		child_main();
	leak_in_parent();
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
		return 97;
	truth_begin();
	truth_site("leak_before_fork", N_INHERITED, N_INHERITED * 64);
	truth_site("leak_in_parent", 20, 20000);
	truth_absent("leak_in_child");
	truth_absent("leak_grown_in_child");
	truth_calls(N_INHERITED + 20, 0);
	truth_number("unknown_frees", 0);
	truth_end();
	return 0;
}
