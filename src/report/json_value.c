// SPDX-License-Identifier: BSD-2-Clause
/* Values of JSON reports, see json_value.h. */
#include "report/json_value.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/stream.h"
#include "report/facts.h"

json_t *json_u64(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *json_u64_or_null(uint64_t value, bool known)
{
	return known ? json_u64(value) : json_null();
}

json_t *json_text(const char *text)
{
	_cleanup_free_ char *copy = NULL;

	if (!text)
		return json_null();
	copy = facts_printable(text);
	return copy ? json_string(copy) : NULL;
}

json_t *json_hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

json_t *json_time(uint64_t unix_ns)
{
	time_t seconds = (time_t)(unix_ns / 1000000000);
	char text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return json_null();
	return json_sprintf("%s.%09" PRIu64 "Z", text, unix_ns % 1000000000);
}

json_t *json_strv(char **strings)
{
	json_t *array = strings ? json_array() : json_null();

	for (char **s = strings; s && *s; s++) {
		if (json_array_append_new(array, json_text(*s)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* OBJECT, or NULL when one of its members could not be made (BAD). */
json_t *json_checked(json_t *object, int bad)
{
	if (!bad)
		return object;
	json_decref(object);
	return NULL;
}

json_t *json_test_name(const struct result *result, uint32_t number)
{
	const struct test *test = tests_get(&result->tests, number);

	return json_text(test ? test->name : NULL);
}

json_t *json_test_index(uint32_t number)
{
	return number ? json_u64(number - 1) : json_null();
}

int json_write(json_t *value, size_t flags, FILE *to)
{
	int r;

	if (!value)
		return -ENOMEM;
	r = json_dumpf(value, to, JSON_COMPACT | flags);
	json_decref(value);
	if (r == 0)
		return 0;
	return ferror(to) ? -EIO : -ENOMEM;
}

int json_write_whole(json_t *value, FILE *to)
{
	int r;

	if (!value)
		return -ENOMEM;
	r = json_dumpf(value, to, JSON_INDENT(1));
	json_decref(value);
	fputc('\n', to);
	return r < 0 && !ferror(to) ? -ENOMEM : stream_flush(to);
}
