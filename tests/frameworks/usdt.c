// SPDX-License-Identifier: BSD-2-Clause
/* A suite that is built with USDT probes: the name is in a register here, on the stack there. */
#include <stdio.h>
#include <sys/sdt.h>

#include "body.h"

__attribute__((noinline)) static void run(const char *name, void (*test)(void))
{
	DTRACE_PROBE1(leaktrace, begin, name);
	test();
	DTRACE_PROBE(leaktrace, end);
}

static void clean(void)
{
	body_clean();
}

static void leaks(void)
{
	body_leak(3, 100);
}

static void numbered(void)
{
	body_leak(1, 50);
}

__attribute__((noinline)) static void run_numbered(int n)
{
	char name[32];

	snprintf(name, sizeof(name), "number %d", n);
	DTRACE_PROBE1(leaktrace, begin, name);
	numbered();
	DTRACE_PROBE(leaktrace, end);
}

int main(void)
{
	run("clean", clean);
	body_leak(1, 11); /* in no test */
	run("leaks", leaks);
	run_numbered(1);
	run_numbered(2);
	return 0;
}
