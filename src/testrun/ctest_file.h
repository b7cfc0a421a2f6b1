/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of a build folder of CMake, as CTestTestfile.cmake lists them for ctest. */
#ifndef LT_TESTRUN_CTEST_FILE_H
#define LT_TESTRUN_CTEST_FILE_H

#include "testrun/framework.h"

/*
 * What the test is called that the runner has started with this command: "a or b" if it may be
 * several. Returns 1 and *RET_LABEL, 0: it is in no list that can be read, or -ENOMEM.
 */
int ctest_file_label(const struct started *started, char **ret_label) _must_check_;

#endif
