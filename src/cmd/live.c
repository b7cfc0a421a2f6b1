// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lines about tests that have ended: see live.h. Each is one write, so that it stays whole beside
 * what the command writes. What a test has left is not known before its process has ended, so a
 * line says no more than what was counted.
 */
#include "cmd/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/units.h"

void live_done(struct live *live)
{
	vec_done(&live->printed);
}

/* ", 41 allocations, 40 frees", or nothing where only the end of its process will tell. */
static char *live_counts(const struct test *test)
{
	char allocations[UNITS_TEXT_BYTES], frees[UNITS_TEXT_BYTES];

	if (test->whole_process || !test->counted)
		return strdup("");
	return str_printf(", %s allocations, %s frees",
			  units_format_count(test->totals.allocations, allocations),
			  units_format_count(test->totals.frees, frees));
}

static void live_print(const struct test *test)
{
	_cleanup_free_ char *name = strdup(test->name), *counts = live_counts(test), *line = NULL;
	char time[UNITS_TEXT_BYTES];

	if (!name || !counts)
		return;
	str_sanitize(name);
	if (test->reason)
		line = str_printf("leaktrace: ? %s: %s\n", name, test->reason);
	else
		line = str_printf("leaktrace: ? %s: ended after %s%s\n", name,
				  units_format_ns(test->end_ns - test->begin_ns, time), counts);
	/* A reader that is gone does not want them. */
	if (line && write(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

void live_step(struct live *live, const struct result *result)
{
	const struct tests *tests = &result->tests;

	while (live->printed.n < tests->items.n) {
		if (vec_push(&live->printed, false) < 0)
			return;
	}
	for (size_t i = live->n_done; i < tests->items.n; i++) {
		const struct test *test = &tests->items.items[i];

		if (live->printed.items[i] || (!test->end_ns && !test->reason))
			continue;
		live_print(test);
		live->printed.items[i] = true;
	}
	while (live->n_done < tests->items.n && live->printed.items[live->n_done])
		live->n_done++;
}
