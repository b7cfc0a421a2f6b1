// SPDX-License-Identifier: BSD-2-Clause
/* "leaktrace diff" for people: what is new and what has grown in full, the rest in a line each. */
#include <errno.h>
#include <inttypes.h>

#include "base/units.h"
#include "base/stream.h"
#include "report/diff.h"
#include "report/facts.h"
#include "report/text.h"

/* "ctest -j2, 3 tests, 4 processes": one of the two runs. */
static int diff_run(const struct text *text, const char *word, const struct result *result)
{
	_cleanup_free_ char *what = facts_what(result);

	if (!what)
		return -ENOMEM;
	fprintf(text->to, "%s %s, ", word, what);
	if (result->tests.items.n) {
		text_count(text, result->tests.items.n, "test", "tests");
		fputs(", ", text->to);
	}
	text_count(text, facts_n_processes(result), "process", "processes");
	fputs(result->verdict == VERDICT_INCOMPLETE ? ", NOT complete\n" : "\n", text->to);
	return 0;
}

/* "12.0 KiB in 3 blocks", "2": as much as it was before. */
static void diff_before(const struct text *text, const struct diff_site *site)
{
	char count[UNITS_TEXT_BYTES];

	if (resource_kind_has_bytes(site->group.kind))
		text_bytes_in_blocks(text, site->before.bytes, site->before.n_blocks);
	else
		fputs(units_format_count(site->before.n_blocks, count), text->to);
}

/* A paragraph for what is more now. */
static int diff_more(const struct text *text, const struct diff_site *site)
{
	fputc('\n', text->to);
	text_style(text, site->is_leak ? STYLE_RED : STYLE_YELLOW);
	fputs(diff_change_name(site->change), text->to);
	text_style(text, STYLE_NONE);
	if (site->change == DIFF_GROWN) {
		fputs(" from ", text->to);
		diff_before(text, site);
	}
	fputs(": ", text->to);
	return text_group(text, &site->group);
}

/* A line for what is less now. */
static int diff_less(const struct text *text, const struct diff_site *site)
{
	_cleanup_free_ char *where = facts_where(text->result, site->group.stack);
	const struct test *test = tests_get(&text->result->tests, site->group.test);
	_cleanup_free_ char *name = facts_printable(test ? test->name : "");

	if (!where || !name)
		return -ENOMEM;
	text_style(text, STYLE_GREEN);
	fputs(diff_change_name(site->change), text->to);
	text_style(text, STYLE_NONE);
	if (site->change == DIFF_SHRUNK) {
		fputs(" from ", text->to);
		diff_before(text, site);
	}
	fputs(": ", text->to);
	text_group_held(text, &site->group);
	fprintf(text->to, "%s%s, at %s\n", *name ? ", in test " : "", name, where);
	return 0;
}

/* At most --top of each change. */
static int diff_sites(const struct text *text, const struct diff *diff)
{
	uint64_t top = text->options->top, n[_DIFF_MAX] = { 0 };
	bool apart = false;

	vec_foreach(item, &diff->items) {
		const struct diff_site *site = *item;
		bool less = site->change == DIFF_SHRUNK || site->change == DIFF_GONE;
		struct text side = *text;
		int r = 0;

		if (site->change == DIFF_SAME || (top && n[site->change]++ >= top))
			continue;
		if (less && !apart)
			fputc('\n', text->to);
		apart |= less;
		side.result = site->change == DIFF_GONE ? diff->before : diff->now;
		r = less ? diff_less(&side, site) : diff_more(&side, site);
		if (r < 0)
			return r;
	}
	return 0;
}

static void diff_verdict(const struct text *text, const struct diff *diff)
{
	fputs("\nleaktrace: ", text->to);
	for (int i = 0; i < DIFF_SAME; i++)
		fprintf(text->to, "%zu %s, ", diff->n[i], diff_change_name((enum diff_change)i));
	fprintf(text->to, "%zu as before", diff->n[DIFF_SAME]);
	if (diff->leaks && text->options->error_exitcode)
		fprintf(text->to, " (exit status %d)", text->options->error_exitcode);
	fputc('\n', text->to);
}

int report_diff_text(const struct diff *diff, const struct report_options *options, FILE *to)
{
	const struct text text = { .result = diff->now, .options = options, .to = to };

	if (diff_run(&text, "before:", diff->before) < 0 ||
	    diff_run(&text, "now:   ", diff->now) < 0 || diff_sites(&text, diff) < 0)
		return -ENOMEM;
	diff_verdict(&text, diff);
	return stream_flush(to);
}
