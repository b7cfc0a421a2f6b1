/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of a file in CMake's language, without their meaning. */
#ifndef LT_TESTRUN_CMAKE_TEXT_H
#define LT_TESTRUN_CMAKE_TEXT_H

#include "base/cleanup.h"
#include "base/vec.h"

struct cmake_command {
	char name[16]; /* "": longer than any that is looked for */
	VEC(char *) arguments;
};

void cmake_command_done(struct cmake_command *command);

/*
 * Reads the command at *AT, a string, into COMMAND, whose contents are replaced, and moves *AT
 * behind it. Returns 1, 0 at the end or where the text is no CMake any more, or -ENOMEM.
 */
int cmake_next_command(const char **at, struct cmake_command *command) _must_check_;

#endif
