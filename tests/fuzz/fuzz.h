/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fuzz target gives to a fuzzing engine, or to replay.c. */
#ifndef LT_TESTS_FUZZ_H
#define LT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The largest file that is replayed. */
extern const size_t fuzz_max_bytes;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
