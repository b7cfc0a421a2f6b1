/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which test a process runs, by what procfs says of it and of the processes that it comes from:
 * their names, commands and environments. For who has not seen the test begin.
 */
#ifndef LT_TESTRUN_KIN_H
#define LT_TESTRUN_KIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct kin {
	uint32_t pid;
	char name[16];	/* as the kernel cuts it */
	char **command; /* NULL: not known */
	/* As it was given to the program: strings that end with a NUL; or NULL. */
	char *environment;
	size_t environment_bytes;
};

struct kin_test {
	char *name;	      /* "outer / inner"; owned, NULL: no test is known */
	const char *runner;   /* "ctest", of the innermost one; NULL: none */
	const char *variable; /* that named it; NULL: it was named by a command */
};

void kin_test_done(struct kin_test *test);

/* Looks at KIN[0], the process, its parent KIN[1] and so on. Returns 0 or -ENOMEM. */
int kin_find_test(const struct kin *kin, size_t n, struct kin_test *ret) _must_check_;

/*
 * In the environment of the same process as it is now, the variable of a framework has this
 * VALUE: that may be a test within the one that was found. Returns 0 or -ENOMEM.
 */
int kin_add_variable(struct kin_test *test, const char *variable, const char *value) _must_check_;

#endif
