// SPDX-License-Identifier: BSD-2-Clause
/*
 * JUnit XML, as GitLab, Jenkins and GitHub's actions read it. Names and classes of tests are those
 * of the framework's own reports, so that a viewer shows both as one test. docs/FORMATS.md says
 * what becomes what.
 */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "base/stream.h"
#include "report/facts.h"
#include "report/leaks.h"
#include "report/xml.h"

struct junit {
	const struct leaks *leaks;
	const struct result *result;
	FILE *to;
};

/* One <testcase> without what is in it. */
struct junit_case {
	const char *class;
	const char *name;
	uint64_t duration_ns;
};

struct junit_counts {
	size_t n, n_failures, n_errors, n_skipped;
};

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static void junit_case_open(const struct junit *junit, const struct junit_case *one)
{
	fputs("    <testcase", junit->to);
	xml_attribute(junit->to, "classname", one->class);
	xml_attribute(junit->to, "name", one->name);
	fprintf(junit->to, " time=\"%.6f\"", seconds(one->duration_ns));
	fputs(">\n", junit->to);
}

static void junit_case_close(const struct junit *junit)
{
	fputs("    </testcase>\n", junit->to);
}

/* "<failure>" with what leaked, if something did. */
static int junit_failure(const struct junit *junit, struct leak_span span)
{
	_cleanup_free_ char *sentence = NULL, *paragraphs = NULL;

	if (!span.n)
		return 0;
	sentence = leaks_sentence(junit->leaks, span);
	paragraphs = leaks_paragraphs(junit->leaks, span);
	if (!sentence || !paragraphs)
		return -ENOMEM;
	fputs("      <failure type=\"leak\"", junit->to);
	xml_attribute(junit->to, "message", sentence);
	fputc('>', junit->to);
	xml_text(junit->to, paragraphs);
	fputs("</failure>\n", junit->to);
	return 0;
}

static void junit_property(const struct junit *junit, const char *name, uint64_t value)
{
	fprintf(junit->to, "        <property name=\"leaktrace.%s\" value=\"%" PRIu64 "\"/>\n",
		name, value);
}

/* Facts that are known: what is missing was not traced. */
static void junit_properties(const struct junit *junit, const struct test *test)
{
	uint32_t kinds = junit->result->kinds;
	const struct totals *totals = &test->totals;

	fputs("      <properties>\n", junit->to);
	if (kinds & 1u << KIND_MEMORY) {
		if (test->counted)
			junit_property(junit, "allocations", totals->allocations);
		junit_property(junit, "outstanding_bytes", totals->outstanding_bytes);
		junit_property(junit, "outstanding_blocks", totals->outstanding_blocks);
		junit_property(junit, "retained_bytes", test->retained_bytes);
		junit_property(junit, "retained_blocks", test->retained_blocks);
	}
	if (kinds & 1u << KIND_MEMORY && totals->judged) {
		junit_property(junit, "lost_bytes", totals->lost_bytes);
		junit_property(junit, "lost_blocks", totals->lost_blocks);
		junit_property(junit, "reachable_bytes", totals->reachable_bytes);
		junit_property(junit, "reachable_blocks", totals->reachable_blocks);
	}
	if (kinds & 1u << KIND_FD)
		junit_property(junit, "fds", totals->fds);
	if (kinds & 1u << KIND_THREAD)
		junit_property(junit, "threads", totals->threads);
	if (kinds & 1u << KIND_MAPPING)
		junit_property(junit, "mapping_bytes", totals->mapping_bytes);
	if (test->peak_rss_bytes)
		junit_property(junit, "peak_rss_bytes", test->peak_rss_bytes);
	if (test->rss_known)
		fprintf(junit->to,
			"        <property name=\"leaktrace.rss_delta_bytes\" value=\"%" PRId64
			"\"/>\n",
			test->rss_delta_bytes);
	if (test->n_left)
		junit_property(junit, "processes_left", test->n_left);
	fputs("      </properties>\n", junit->to);
}

/* The class that the framework's own report gives the test. */
static const char *test_class(const struct result *result, const struct test *test)
{
	const struct test *parent = tests_get(&result->tests, test->parent);

	if (test->suite)
		return test->suite;
	if (parent)
		return parent->own_name;
	return strcmp(test->runner, "ctest") == 0 ? test->own_name : test->runner;
}

static int junit_test(const struct junit *junit, const struct test *test, uint32_t number)
{
	const struct junit_case one = {
		.class = test_class(junit->result, test),
		.name = test->own_name,
		.duration_ns = test->end_ns ? test->end_ns - test->begin_ns : 0,
	};
	struct leak_span span = leaks_of(junit->leaks, number);

	junit_case_open(junit, &one);
	junit_properties(junit, test);
	if (test->reason && !span.n) {
		fputs("      <skipped", junit->to);
		xml_attribute(junit->to, "message", "no verdict");
		fputc('>', junit->to);
		xml_text(junit->to, test->reason);
		fputs("</skipped>\n", junit->to);
	}
	if (junit_failure(junit, span) < 0)
		return -ENOMEM;
	junit_case_close(junit);
	return 0;
}

/* What happened in no test: all of it if there are none. */
static int junit_rest(const struct junit *junit)
{
	bool tests = junit->result->tests.items.n > 0;
	_cleanup_free_ char *name = tests ? strdup("outside of tests") : facts_what(junit->result);
	const struct junit_case one = {
		.class = "leaktrace",
		.name = name,
		.duration_ns = tests ? 0 : facts_age_ns(junit->result, junit->result->started_ns),
	};

	if (!name)
		return -ENOMEM;
	junit_case_open(junit, &one);
	if (junit_failure(junit, leaks_of(junit->leaks, 0)) < 0)
		return -ENOMEM;
	junit_case_close(junit);
	return 0;
}

/* With --strict, data that is not complete fails as a case of its own. */
static void junit_strict(const struct junit *junit, const char *notes)
{
	const struct junit_case one = { "leaktrace", "nothing was missed", 0 };

	if (!junit->leaks->options.strict)
		return;
	junit_case_open(junit, &one);
	if (junit->result->verdict == VERDICT_INCOMPLETE) {
		fputs("      <error type=\"incomplete\" message=\"not everything was seen\">",
		      junit->to);
		xml_text(junit->to, notes);
		fputs("</error>\n", junit->to);
	}
	junit_case_close(junit);
}

static struct junit_counts junit_count(const struct leaks *leaks)
{
	const struct result *result = leaks->result;
	struct junit_counts counts = { .n = 1 };
	uint32_t number = 0;

	counts.n_failures = leaks_of(leaks, 0).n > 0;
	vec_foreach(test, &result->tests.items) {
		bool failed = leaks_of(leaks, ++number).n > 0;

		counts.n++;
		counts.n_failures += failed;
		counts.n_skipped += !failed && test->reason;
	}
	counts.n += leaks->options.strict;
	counts.n_errors = leaks->options.strict && result->verdict == VERDICT_INCOMPLETE;
	return counts;
}

static void junit_counts_write(const struct junit *junit, const struct junit_counts *counts)
{
	fprintf(junit->to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
		counts->n, counts->n_failures, counts->n_errors, counts->n_skipped);
	fprintf(junit->to, " time=\"%.6f\"",
		seconds(facts_age_ns(junit->result, junit->result->started_ns)));
}

static void junit_timestamp(const struct junit *junit)
{
	time_t started = (time_t)(junit->result->started_unix_ns / 1000000000);
	char text[sizeof("-2147481748-12-31T23:59:59")];
	struct tm tm;

	if (gmtime_r(&started, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		xml_attribute(junit->to, "timestamp", text);
}

static int junit_write(const struct junit *junit)
{
	struct junit_counts counts = junit_count(junit->leaks);
	_cleanup_free_ char *notes = leaks_notes(junit->leaks);
	uint32_t number = 0;

	if (!notes)
		return -ENOMEM;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"leaktrace\"",
	      junit->to);
	junit_counts_write(junit, &counts);
	fputs(">\n  <testsuite name=\"leaktrace\"", junit->to);
	junit_counts_write(junit, &counts);
	junit_timestamp(junit);
	fputs(">\n", junit->to);
	vec_foreach(test, &junit->result->tests.items) {
		if (junit_test(junit, test, ++number) < 0)
			return -ENOMEM;
	}
	if (junit_rest(junit) < 0)
		return -ENOMEM;
	junit_strict(junit, notes);
	if (*notes) {
		fputs("    <system-err>", junit->to);
		xml_text(junit->to, notes);
		fputs("</system-err>\n", junit->to);
	}
	fputs("  </testsuite>\n</testsuites>\n", junit->to);
	return 0;
}

int report_junit(const struct result *result, const struct report_options *options, FILE *to)
{
	struct leaks leaks;
	struct junit junit = { .leaks = &leaks, .result = result, .to = to };
	int r = leaks_find(result, options, &leaks);

	if (r < 0)
		return r;
	r = junit_write(&junit);
	leaks_done(&leaks);
	return r < 0 ? r : stream_flush(to);
}
