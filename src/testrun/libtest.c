// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rust's libtest: "cargo test", or what "rustc --test" makes. It runs each test in a thread with
 * the name of the test, of which newer versions give the system no more than 15 bytes; the whole
 * name is in the line "test NAME ... " that follows. The module is the suite, as in its JUnit
 * reports.
 */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "testrun/framework.h"

static int names_set(const char *name, size_t n, struct test_names *ret)
{
	const char *own = name;

	for (size_t i = 0; i + 2 < n; i++) {
		if (name[i] == ':' && name[i + 1] == ':')
			own = name + i + 2;
	}
	ret->label = strndup(name, n);
	if (!ret->label)
		return -ENOMEM;
	if (own == name)
		return 1;
	ret->suite = strndup(name, (size_t)(own - name) - 2);
	ret->name = strndup(own, n - (size_t)(own - name));
	return ret->suite && ret->name ? 1 : -ENOMEM;
}

static int libtest_announced(const char *line, struct test_names *ret)
{
	static const char *const ends[] = { " - should panic ... ", " - compile fail ... ",
					    " - compile ... ", " ... " };
	size_t n = strlen(line), n_prefix = strlen("test ");

	if (!str_starts_with(line, "test "))
		return 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n_end = strlen(ends[i]);

		if (n > n_prefix + n_end && strcmp(line + n - n_end, ends[i]) == 0)
			return names_set(line + n_prefix, n - n_prefix - n_end, ret);
	}
	return 0;
}

static int libtest_named(const char *const texts[LT_SIGNAL_TEXTS], struct test_names *ret)
{
	const char *text = texts[0] ? texts[0] : "?";
	int r = libtest_announced(text, ret);

	return r ? r : names_set(text, strlen(text), ret);
}

const struct framework framework_libtest = {
	.name = "libtest",
	.announced = libtest_announced,
	.named = libtest_named,
	.told_later = true,
};
