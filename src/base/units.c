// SPDX-License-Identifier: BSD-2-Clause
/* Sizes, times and counts: parsing of what users type, formatting of what they read. */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double factor;
};

static int parse_with(const char *text, const struct unit *units, uint64_t *ret_value)
{
	char *end;
	double value;

	if (!(*text >= '0' && *text <= '9') && *text != '.')
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || !isfinite(value))
		return -EINVAL;
	while (*end == ' ')
		end++;
	for (const struct unit *u = units; u->name; u++) {
		if (strcasecmp(end, u->name))
			continue;
		value *= u->factor;
		if (value >= 18446744073709551615.0)
			return -ERANGE;
		*ret_value = (uint64_t)(value + 0.5);
		return 0;
	}
	return -EINVAL;
}

int units_parse_bytes(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "b", 1 },
		{ "k", 1024.0 },
		{ "kb", 1024.0 },
		{ "kib", 1024.0 },
		{ "m", 1048576.0 },
		{ "mb", 1048576.0 },
		{ "mib", 1048576.0 },
		{ "g", 1073741824.0 },
		{ "gb", 1073741824.0 },
		{ "gib", 1073741824.0 },
		{ "t", 1099511627776.0 },
		{ "tib", 1099511627776.0 },
		{ NULL, 0 },
	};

	return parse_with(text, units, ret_bytes);
}

int units_parse_ns(const char *text, uint64_t *ret_ns)
{
	static const struct unit units[] = {
		{ "", 1e9 },	 { "s", 1e9 },	   { "sec", 1e9 }, { "ms", 1e6 },
		{ "us", 1e3 },	 { "ns", 1 },	   { "m", 60e9 },  { "min", 60e9 },
		{ "h", 3600e9 }, { "d", 86400e9 }, { NULL, 0 },
	};

	return parse_with(text, units, ret_ns);
}

int units_parse_count(const char *text, uint64_t *ret_count)
{
	static const struct unit units[] = {
		{ "", 1 }, { "k", 1e3 }, { "m", 1e6 }, { "g", 1e9 }, { NULL, 0 },
	};

	return parse_with(text, units, ret_count);
}

char *units_format_bytes(uint64_t bytes, char to[UNITS_TEXT_BYTES])
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1023.95 && unit + 1 < sizeof(names) / sizeof(names[0])) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(to, UNITS_TEXT_BYTES, "%" PRIu64 " B", bytes);
	else
		snprintf(to, UNITS_TEXT_BYTES, "%.1f %s", value, names[unit]);
	return to;
}

char *units_format_count(uint64_t count, char to[UNITS_TEXT_BYTES])
{
	char digits[UNITS_TEXT_BYTES];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *out = to;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return to;
}

char *units_format_ns(uint64_t ns, char to[UNITS_TEXT_BYTES])
{
	static const struct unit units[] = {
		{ "ns", 1 },	 { "us", 1e3 },	  { "ms", 1e6 },    { "s", 1e9 },
		{ "min", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
	};
	size_t unit = 0;
	double value;

	while (unit + 1 < sizeof(units) / sizeof(units[0]) &&
	       (double)ns >= units[unit + 1].factor * 0.9995)
		unit++;
	value = (double)ns / units[unit].factor;
	snprintf(to, UNITS_TEXT_BYTES, value < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", value,
		 units[unit].name);
	return to;
}
