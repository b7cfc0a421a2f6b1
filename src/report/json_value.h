/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makers of the values of JSON reports. All return NULL without memory, which json_object_set_new()
 * and json_array_append_new() answer with -1: one check at the end of a chain is enough.
 */
#ifndef LT_REPORT_JSON_VALUE_H
#define LT_REPORT_JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "model/result.h"

json_t *json_u64(uint64_t value);
json_t *json_u64_or_null(uint64_t value, bool known);

/* Made printable; NULL is null. */
json_t *json_text(const char *text);

json_t *json_hex(uint64_t value);

/* RFC 3339, to the nanosecond. */
json_t *json_time(uint64_t unix_ns);

/* A NULL-terminated array of strings; NULL is null. */
json_t *json_strv(char **strings);

/* OBJECT, or NULL when one of its members could not be made (BAD). */
json_t *json_checked(json_t *object, int bad);

/* The name of the test with this number, and where it is in the array of tests; 0: null. */
json_t *json_test_name(const struct result *result, uint32_t number);
json_t *json_test_index(uint32_t number);

/*
 * Writes VALUE on one line and gives it up; FLAGS as of json_dumpf(). 0, -EIO, or -ENOMEM, also if
 * VALUE could not be made.
 */
int json_write(json_t *value, size_t flags, FILE *to) _must_check_;

/* The same for all of a report: for people too, and with the line end; it has arrived then. */
int json_write_whole(json_t *value, FILE *to) _must_check_;

#endif
