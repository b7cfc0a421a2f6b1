// SPDX-License-Identifier: BSD-2-Clause
/* Sentences for the user, and the names of the debug log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/diag.h"
#include "base/log.h"

static void test_add(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(diag_add(&diag, -EPERM, "cannot open %s", "x"), -EPERM);
	assert_int_equal(diag_hint(&diag, "try %d", 1), -EPERM);
	assert_int_equal(diag_hint(&diag, "try %d", 2), -EPERM);
	assert_int_equal(diag_add(&diag, 0, "a note"), 0);
	assert_int_equal(diag.lines.n, 2);
	assert_string_equal(diag.lines.items[0].text, "cannot open x");
	assert_string_equal(diag.lines.items[0].hint, "try 2");
	assert_null(diag.lines.items[1].hint);
	diag_done(&diag);
}

static void test_no_diag(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(diag_add(NULL, -EIO, "nobody listens"), -EIO);
	assert_int_equal(diag_hint(NULL, "to this"), 0);
	assert_int_equal(diag_hint(&diag, "before any sentence"), 0);
	diag_done(&diag);
}

static void test_print(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct diag diag = { 0 };
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	(void)state;
	assert_non_null(to);
	diag_add(&diag, -EPERM, "first");
	diag_hint(&diag, "do this");
	diag_add(&diag, 0, "second");
	diag_print(&diag, to);
	diag_print(&diag, to);
	fclose(to);
	assert_string_equal(text, "leaktrace: first\n"
				  "           do this\n"
				  "leaktrace: second\n");
	diag_done(&diag);
}

static void test_log_names(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_false(log_enabled(LOG_ATTACH));
	assert_int_equal(log_enable("attach,symbols", &diag), 0);
	assert_true(log_enabled(LOG_ATTACH));
	assert_true(log_enabled(LOG_SYMBOLS));
	assert_false(log_enabled(LOG_LIBBPF));
	assert_int_equal(diag.lines.n, 0);

	assert_int_equal(log_enable("libbpf,nonsense", &diag), -EINVAL);
	assert_int_equal(diag.lines.n, 1);
	assert_non_null(strstr(diag.lines.items[0].text, "nonsense"));
	assert_non_null(strstr(diag.lines.items[0].hint, log_names()));

	assert_int_equal(log_enable(log_names(), &diag), 0);
	for (int i = 0; i < _LOG_MAX; i++)
		assert_true(log_enabled(i));
	diag_done(&diag);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_no_diag),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_log_names),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
