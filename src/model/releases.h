/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests held when they ended although it was released later, told apart by call site and by
 * the time of the release.
 */
#ifndef LT_MODEL_RELEASES_H
#define LT_MODEL_RELEASES_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

struct result;

/* Blocks of one call site of one test that were released at about the same time. */
struct release {
	uint32_t process; /* index in result.processes */
	uint32_t stack;	  /* stack.id */
	uint32_t test;	  /* number of the test that they were born in */
	/* The last test that had begun there by then: 2 * its epoch, and 1 if it had ended. */
	uint32_t when;
	uint64_t bytes;
	uint64_t n_blocks;
};

struct releases {
	VEC(struct release) items;
};

void releases_done(struct releases *releases);

/* Adds what was released late to the tests that it was born in: their retracted blocks. */
void releases_count(struct result *result);

/*
 * Adds a site of CLASS_RETAINED for each call site of which a test held something when it ended,
 * blocks that other sites count too among it. Returns 0 or -ENOMEM.
 */
int releases_add_sites(struct result *result) _must_check_;

#endif
