// SPDX-License-Identifier: BSD-2-Clause
/*
 * Unity has no package, as projects carry its source with them: this has the one function of it
 * that leaktrace looks for, which runs a test and gets it back by longjmp() when it fails.
 */
#include <setjmp.h>
#include <stdio.h>

#include "body.h"

static jmp_buf failed;

static void clean(void)
{
	body_clean();
}

static void leaks(void)
{
	body_leak(3, 100);
}

static void fails(void)
{
	body_leak(1, 70);
	longjmp(failed, 1);
}

__attribute__((noinline)) void UnityDefaultTestRun(void (*function)(void), const char *name,
						   int line)
{
	if (setjmp(failed) == 0)
		function();
	printf("unity.c:%d:%s\n", line, name);
}

int main(void)
{
	UnityDefaultTestRun(clean, "clean", 1);
	UnityDefaultTestRun(fails, "fails", 2);
	UnityDefaultTestRun(leaks, "leaks", 3);
	body_leak(1, 11); /* in no test */
	return 0;
}
