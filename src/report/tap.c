// SPDX-License-Identifier: BSD-2-Clause
/*
 * The Test Anything Protocol, version 13, with the leaks as YAML below the test that they belong
 * to. It goes to a file of its own: the output of a command under prove is not ours to add to.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "base/stream.h"
#include "report/facts.h"
#include "report/leaks.h"

struct tap {
	const struct leaks *leaks;
	const struct result *result;
	FILE *to;
	size_t n; /* test points so far */
};

/* A hash would begin a directive. */
static int tap_point(struct tap *tap, bool ok, const char *name)
{
	_cleanup_free_ char *printable = facts_printable(name);

	if (!printable)
		return -ENOMEM;
	fprintf(tap->to, "%sok %zu - ", ok ? "" : "not ", ++tap->n);
	for (const char *s = printable; *s; s++) {
		if (*s == '#' || *s == '\\')
			fputc('\\', tap->to);
		fputc(*s, tap->to);
	}
	return 0;
}

/* TEXT, which has no control characters but line ends, as a block of YAML. */
static void tap_block(const struct tap *tap, const char *key, char *text)
{
	char *rest = text;

	fprintf(tap->to, "  %s: |\n", key);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			fprintf(tap->to, "    %s", line);
		if (rest)
			fputc('\n', tap->to);
	}
}

static int tap_yaml(const struct tap *tap, struct leak_span span)
{
	_cleanup_free_ char *sentence = leaks_sentence(tap->leaks, span);
	_cleanup_free_ char *paragraphs = leaks_paragraphs(tap->leaks, span);

	if (!sentence || !paragraphs)
		return -ENOMEM;
	/* Plain words: numbers, names of kinds and of classes. */
	fprintf(tap->to, "  ---\n  message: \"%s\"\n  severity: fail\n", sentence);
	tap_block(tap, "stacks", paragraphs);
	fputs("  ...\n", tap->to);
	return 0;
}

/* A test, or with REASON (NULL: none) one without a verdict. */
static int tap_test(struct tap *tap, const char *name, const char *reason, struct leak_span span)
{
	_cleanup_free_ char *why = facts_printable(reason ?: "");

	if (!why || tap_point(tap, span.n == 0, name) < 0)
		return -ENOMEM;
	if (reason && !span.n)
		fprintf(tap->to, " # SKIP no verdict: %s", why);
	fputc('\n', tap->to);
	return span.n ? tap_yaml(tap, span) : 0;
}

static int tap_notes(const struct tap *tap)
{
	_cleanup_free_ char *notes = leaks_notes(tap->leaks);
	char *rest = notes;

	if (!notes)
		return -ENOMEM;
	for (char *line; (line = strsep(&rest, "\n")) && *line;)
		fprintf(tap->to, "# %s\n", line);
	return 0;
}

static int tap_write(struct tap *tap)
{
	const struct result *result = tap->result;
	bool tests = result->tests.items.n > 0, strict = tap->leaks->options.strict;
	_cleanup_free_ char *rest = tests ? strdup("outside of tests") : facts_what(result);
	uint32_t number = 0;

	if (!rest)
		return -ENOMEM;
	fprintf(tap->to, "TAP version 13\n1..%zu\n", result->tests.items.n + 1 + strict);
	vec_foreach(test, &result->tests.items) {
		number++;
		if (tap_test(tap, test->name, test->reason, leaks_of(tap->leaks, number)) < 0)
			return -ENOMEM;
	}
	if (tap_test(tap, rest, NULL, leaks_of(tap->leaks, 0)) < 0)
		return -ENOMEM;
	if (strict) {
		bool complete = result->verdict != VERDICT_INCOMPLETE;

		fprintf(tap->to, "%sok %zu - nothing was missed\n", complete ? "" : "not ",
			++tap->n);
	}
	return tap_notes(tap);
}

int report_tap(const struct result *result, const struct report_options *options, FILE *to)
{
	struct leaks leaks;
	struct tap tap = { .leaks = &leaks, .result = result, .to = to };
	int r = leaks_find(result, options, &leaks);

	if (r < 0)
		return r;
	r = tap_write(&tap);
	leaks_done(&leaks);
	return r < 0 ? r : stream_flush(to);
}
