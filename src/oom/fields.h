/* SPDX-License-Identifier: BSD-2-Clause */
/* Values in the kernel's words: "anon-rss:65096kB", "limit 65536kB", "task=a,pid=7". */
#ifndef LT_OOM_FIELDS_H
#define LT_OOM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No amount of memory is larger; what claims to be is not known (or is "no limit"). */
#define FIELD_MAX (1ull << 60)

/* Reads the digits at *TEXT and moves behind them. False: there are none, or too many. */
bool field_digits(const char **text, uint64_t *ret);

/* The number right after KEY, or OOM_UNKNOWN. */
uint64_t field_number(const char *text, const char *key);

/* The same in kB, as bytes. */
uint64_t field_kb(const char *text, const char *key);

/* VALUE times UNIT; OOM_UNKNOWN if one of them is, or the product is out of bounds. */
uint64_t field_times(uint64_t value, uint64_t unit);

/* A + B, where OOM_UNKNOWN counts as nothing unless both are. */
uint64_t field_plus(uint64_t a, uint64_t b);

/* A - B, not below 0; A if B is OOM_UNKNOWN. */
uint64_t field_minus(uint64_t a, uint64_t b);

/* Replaces *TO by the N bytes at FROM, made printable. 0 or -ENOMEM. */
int field_copy(char **to, const char *from, size_t n);

#endif
