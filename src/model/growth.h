/* SPDX-License-Identifier: BSD-2-Clause */
/* Call sites of which a test that ran several times in one process holds more after each run. */
#ifndef LT_MODEL_GROWTH_H
#define LT_MODEL_GROWTH_H

#include "base/cleanup.h"

struct result;

/*
 * Adds a site of CLASS_GROWTH for each, with what is held after each run in its growth. It is about
 * blocks that other sites count too. Returns 0 or -ENOMEM.
 */
int growth_add_sites(struct result *result) _must_check_;

#endif
