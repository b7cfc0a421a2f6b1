// SPDX-License-Identifier: BSD-2-Clause
/* Values in the kernel's words. Every number is bounded, so that sums of a few cannot overflow. */
#include "oom/fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/oom.h"

bool field_digits(const char **text, uint64_t *ret)
{
	const char *at = *text;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*at))
		return false;
	for (; isdigit((unsigned char)*at); at++) {
		/* Stays too large, however many digits follow. */
		if (value <= FIELD_MAX)
			value = value * 10 + (uint64_t)(*at - '0');
	}
	*text = at;
	*ret = value <= FIELD_MAX ? value : OOM_UNKNOWN;
	return true;
}

uint64_t field_number(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	uint64_t value;

	if (!at)
		return OOM_UNKNOWN;
	at += strlen(key);
	while (*at == ' ')
		at++;
	return field_digits(&at, &value) ? value : OOM_UNKNOWN;
}

uint64_t field_kb(const char *text, const char *key)
{
	return field_times(field_number(text, key), 1024);
}

uint64_t field_times(uint64_t value, uint64_t unit)
{
	if (value == OOM_UNKNOWN || unit == 0 || value > FIELD_MAX / unit)
		return OOM_UNKNOWN;
	return value * unit;
}

uint64_t field_plus(uint64_t a, uint64_t b)
{
	if (a == OOM_UNKNOWN || b == OOM_UNKNOWN)
		return a == OOM_UNKNOWN ? b : a;
	return a + b <= FIELD_MAX ? a + b : OOM_UNKNOWN;
}

uint64_t field_minus(uint64_t a, uint64_t b)
{
	if (a == OOM_UNKNOWN || b == OOM_UNKNOWN)
		return a;
	return a > b ? a - b : 0;
}

int field_copy(char **to, const char *from, size_t n)
{
	char *copy = strndup(from, n);

	if (!copy)
		return -ENOMEM;
	str_sanitize(copy);
	free(*to);
	*to = copy;
	return 0;
}
