/* SPDX-License-Identifier: BSD-2-Clause */
/* "leaktrace doctor": what this machine allows, what is missing, and what mends it. */
#ifndef LT_CMD_DOCTOR_H
#define LT_CMD_DOCTOR_H

#include <stdio.h>

/* Prints one line per fact. Returns 0 if tracing will work here, else 1. */
int cmd_doctor(FILE *to);

#endif
