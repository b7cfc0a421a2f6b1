/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be found out of the test that a living process runs without having traced it. */
#ifndef LT_CMD_RELATIVES_H
#define LT_CMD_RELATIVES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/flight.h"

/* By what procfs says of PID and of those that it comes from. Without a name: it cannot be told. */
void relatives_test(pid_t pid, struct flight_test *ret);

/*
 * The variable of a framework had this VALUE in the memory of the process of TEST when it was
 * killed: that is the test, perhaps within the one that is known.
 */
void relatives_add_variable(struct flight_test *test, const char *variable, const char *value);

/*
 * Where the C library of PID, which runs EXE, keeps its environment, if that is a Python; 0: it is
 * none, or it cannot be told.
 */
uint64_t relatives_environ(pid_t pid, const char *exe);

#endif
