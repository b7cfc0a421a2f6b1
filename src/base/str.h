/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings: a few things that C lacks. */
#ifndef LT_BASE_STR_H
#define LT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* Formats into fresh memory; NULL when there is none. */
char *str_printf(const char *format, ...) _printf_(1, 2);

/* Reads all of FD, at most MAX_BYTES (-EFBIG beyond), and ends it with a NUL not counted. */
int str_read_fd(int fd, size_t max_bytes, char **ret_text, size_t *ret_n) _must_check_;

/* Reads a whole file, for instance of procfs; see str_read_fd(). */
int str_read_file(const char *path, size_t max_bytes, char **ret_text, size_t *ret_n) _must_check_;

/* "1f0a..." for the bytes; fresh memory or NULL. */
char *str_hex(const uint8_t *bytes, size_t n);

bool str_starts_with(const char *text, const char *prefix);
bool str_ends_with(const char *text, const char *suffix);

/* Cuts white space off both ends of TEXT, in place, and returns where it begins now. */
char *str_trim(char *text);

/* What follows the last slash. */
const char *str_basename(const char *path);

/*
 * Replaces in place each byte that is not part of valid UTF-8, and of control characters (those
 * that change the direction of a text too), by '?': names from other processes are printed on
 * terminals, written to JSON and shown by browsers.
 */
void str_sanitize(char *text);

#endif
