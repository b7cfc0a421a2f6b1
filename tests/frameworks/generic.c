// SPDX-License-Identifier: BSD-2-Clause
/* A suite of its own kind: says where tests begin and end in the way that its argument names. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "body.h"

static const char *way;

__attribute__((noinline)) void my_begin(int number, const char *name)
{
	__asm__ volatile("" : : "r"(number), "r"(name));
}

__attribute__((noinline)) void my_end(void)
{
	__asm__ volatile("");
}

static void begin(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/leaktrace/begin/%s", name);
	if (strcmp(way, "env") == 0)
		setenv("MY_TEST", name, 1);
	else if (strcmp(way, "marker") == 0)
		my_begin(1, name);
	else
		(void)!access(path, F_OK);
}

static void end(void)
{
	if (strcmp(way, "env") == 0)
		unsetenv("MY_TEST");
	else if (strcmp(way, "marker") == 0)
		my_end();
	else
		(void)!access("/leaktrace/end", F_OK);
}

int main(int argc, char **argv)
{
	way = argc > 1 ? argv[1] : "path";
	begin("clean");
	body_clean();
	end();
	body_leak(1, 11); /* between the tests */
	begin("leaks");
	body_leak(3, 100);
	end();
	return 0;
}
