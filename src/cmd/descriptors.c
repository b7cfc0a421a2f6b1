// SPDX-License-Identifier: BSD-2-Clause
/* The limit of open descriptors: see descriptors.h. */
#include "cmd/descriptors.h"

/* More than probes on every library of a machine take. */
enum { DESCRIPTORS_WANTED = 16384 };

static rlim_t larger(rlim_t a, rlim_t b)
{
	return a > b ? a : b;
}

struct rlimit descriptors_raise(void)
{
	struct rlimit before = { RLIM_INFINITY, RLIM_INFINITY }, wanted;

	if (getrlimit(RLIMIT_NOFILE, &before) < 0 || before.rlim_cur >= DESCRIPTORS_WANTED)
		return before;
	/* Root may go beyond the hard limit, others up to it. */
	wanted.rlim_cur = DESCRIPTORS_WANTED;
	wanted.rlim_max = larger(before.rlim_max, DESCRIPTORS_WANTED);
	if (setrlimit(RLIMIT_NOFILE, &wanted) < 0) {
		wanted.rlim_cur = wanted.rlim_max = before.rlim_max;
		setrlimit(RLIMIT_NOFILE, &wanted);
	}
	return before;
}

void descriptors_restore(const struct rlimit *limit)
{
	setrlimit(RLIMIT_NOFILE, limit);
}
