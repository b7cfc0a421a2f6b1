// SPDX-License-Identifier: BSD-2-Clause
/*
 * Unity has no package, as projects carry its source with them: this has the one function of it
 * that leaktrace looks for, which runs a test and gets it back by longjmp() when it fails or skips.
 */
#include <setjmp.h>
#include <stdio.h>

#include "body.h"

static jmp_buf left;

static void fails(void)
{
	body_leak(1, 70);
	longjmp(left, 1);
}

static void leaks(void)
{
	body_leak(3, 100);
}

static void skips(void)
{
	longjmp(left, 2);
}

__attribute__((noinline)) void UnityDefaultTestRun(void (*function)(void), const char *name,
						   int line)
{
	int r = setjmp(left);

	if (r == 0)
		function();
	printf("unity.c:%d:%s:%s\n", line, name, r == 0 ? "PASS" : r == 1 ? "FAIL" : "IGNORE");
}

int main(void)
{
	UnityDefaultTestRun(body_clean, "clean", 1);
	UnityDefaultTestRun(fails, "fails", 2);
	UnityDefaultTestRun(leaks, "leaks", 3);
	UnityDefaultTestRun(body_hold, "holds", 4);
	UnityDefaultTestRun(body_give, "gives", 5);
	UnityDefaultTestRun(body_take, "takes", 6);
	UnityDefaultTestRun(body_open, "opens", 7);
	UnityDefaultTestRun(body_thread, "threads", 8);
	UnityDefaultTestRun(skips, "skips", 9);
	body_release();
	body_leak(1, 11); /* in no test */
	UnityDefaultTestRun(body_crash, "crashes", 10);
	return 1;
}
