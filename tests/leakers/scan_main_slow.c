// SPDX-License-Identifier: BSD-2-Clause
/* The same program without optimisation: every variable is on the stack. */
#include "scan_main.c"
