// SPDX-License-Identifier: BSD-2-Clause
/* ends HOW: leaks, tells, and ends in an unusual way. What it held must be known nevertheless. */
#include <signal.h>

#include "truth.h"

LEAKER void leak_before_end(void)
{
	for (int i = 0; i < 25; i++)
		hold(malloc(400));
}

static void end_sigkill(void)
{
	kill(getpid(), SIGKILL);
}

static void end_sigterm(void)
{
	kill(getpid(), SIGTERM);
}

static void end_sigsegv(void)
{
	*(volatile char *)hold(NULL) = 1;
}

static void end_exit_now(void)
{
	_exit(41);
}

static void end_quick_exit(void)
{
	quick_exit(42);
}

static const struct end {
	const char *name;
	void (*end)(void);
	const char *key;
	uint64_t value;
} ends[] = {
	{ "sigkill", end_sigkill, "signal", SIGKILL },
	{ "sigterm", end_sigterm, "signal", SIGTERM },
	{ "sigsegv", end_sigsegv, "signal", SIGSEGV },
	{ "abort", abort, "signal", SIGABRT },
	{ "exit_now", end_exit_now, "status", 41 },
	{ "quick_exit", end_quick_exit, "status", 42 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(argv[1], ends[i].name) != 0)
			continue;
		leak_before_end();
		truth_begin();
		truth_site("leak_before_end", 25, 10000);
		truth_calls(25, 0);
		truth_number(ends[i].key, ends[i].value);
		truth_end();
		ends[i].end();
		for (;;)
			pause();
	}
	return 2;
}
