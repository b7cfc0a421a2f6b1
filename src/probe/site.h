/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a function to place a probe. The kernel emulates a few instructions (push, nop, jmp,
 * jcc, call); all others it executes out of line with a single step, which costs about seven
 * times as much. A probe may move forward from the function's start to such an instruction when
 * decoding proves that it sees the same thing there.
 */
#ifndef LT_PROBE_SITE_H
#define LT_PROBE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct site_request {
	const uint8_t *code; /* the whole function */
	size_t n_code;
	unsigned n_arguments; /* how many integer argument registers the probe reads, 0 to 6 */
};

struct site_choice {
	uint32_t delta;	 /* from the function's start to the probe */
	bool emulated;	 /* the kernel will emulate the instruction there */
	const char *why; /* a phrase for the log: "push at +0", "test skipped, je at +3", ... */
};

/*
 * Chooses the probe's place in a function of the machine leaktrace runs on. Every instruction
 * that is skipped is proven to be straight-line code: it is no branch, nothing in the function
 * branches to it or behind it up to the probe, it writes neither memory nor the stack pointer nor
 * an argument register that the probe reads (nor the frame pointer, which stacks start from), so
 * the probe is hit exactly once per call with the arguments and return address of the call in
 * place. Where that cannot be proven the choice is delta 0.
 */
struct site_choice site_choose(const struct site_request *request);

#endif
