/* SPDX-License-Identifier: BSD-2-Clause */
/* The provisional line for each test when it ends: --live. */
#ifndef LT_CMD_LIVE_H
#define LT_CMD_LIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "model/result.h"

struct live {
	size_t n_done;	   /* the first so many tests have ended and were printed */
	VEC(bool) printed; /* of all tests so far */
};

void live_done(struct live *live);

/* Prints a line on standard error for each test that has ended since the last time. */
void live_step(struct live *live, const struct result *result);

#endif
