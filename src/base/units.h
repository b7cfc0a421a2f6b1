/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes, times and counts as people write and read them. */
#ifndef LT_BASE_UNITS_H
#define LT_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Room for any text that the unit_format functions write. */
#define UNITS_TEXT_BYTES 32

/* "10k", "1.5M", "2GiB", "300": bytes, with 1024 as the step. 0, or -EINVAL or -ERANGE. */
int units_parse_bytes(const char *text, uint64_t *ret_bytes) _must_check_;

/* "250ms", "1.5", "10s", "2m", "1h": nanoseconds; a bare number is seconds. 0, -EINVAL, -ERANGE. */
int units_parse_ns(const char *text, uint64_t *ret_ns) _must_check_;

/* A plain count, also "10k" and "2M" with 1000 as the step. 0, or -EINVAL or -ERANGE. */
int units_parse_count(const char *text, uint64_t *ret_count) _must_check_;

/* "512 B", "12.0 KiB", "1.5 GiB". Returns TO. */
char *units_format_bytes(uint64_t bytes, char to[UNITS_TEXT_BYTES]);

/* "41,022". Returns TO. */
char *units_format_count(uint64_t count, char to[UNITS_TEXT_BYTES]);

/* "850 us", "1.8 s", "12 min", "3.5 h", "2.0 d": two digits that matter. Returns TO. */
char *units_format_ns(uint64_t ns, char to[UNITS_TEXT_BYTES]);

#endif
