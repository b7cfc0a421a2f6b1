// SPDX-License-Identifier: BSD-2-Clause
/*
 * Python's unittest, with -v: it writes "test_a (module.Class.test_a)" before each test, and in a
 * line below it what the documentation of the test begins with. Before Python 3.11 the name is not
 * a part of what is in the brackets. Without -v it writes no names at all.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

/* Whether the N bytes could be an identifier with dots. */
static bool is_dotted(const char *text, size_t n)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.<>";

	for (size_t i = 0; i < n; i++) {
		if (!((unsigned char)text[i] & 0x80) && !strchr(allowed, text[i]))
			return false;
	}
	return n > 0;
}

static int unittest_announced(const char *line, struct test_names *ret)
{
	size_t n_name = strcspn(line, " \n"), n_where;
	const char *where = line + n_name;

	if (!is_dotted(line, n_name) || !str_starts_with(where, " ("))
		return 0;
	where += 2;
	n_where = strcspn(where, ")\n");
	if (where[n_where] != ')' || !is_dotted(where, n_where))
		return 0;
	if (n_where > n_name && where[n_where - n_name - 1] == '.' &&
	    strncmp(where + n_where - n_name, line, n_name) == 0)
		n_where -= n_name + 1;
	ret->suite = strndup(where, n_where);
	ret->name = strndup(line, n_name);
	if (!ret->suite || !ret->name)
		return -ENOMEM;
	ret->label = str_printf("%s.%s", ret->suite, ret->name);
	return ret->label ? 1 : -ENOMEM;
}

const struct framework framework_unittest = {
	.name = "unittest",
	.announced = unittest_announced,
};
