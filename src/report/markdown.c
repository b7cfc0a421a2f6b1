// SPDX-License-Identifier: BSD-2-Clause
/*
 * GitHub's kind of Markdown, for comments and summaries: the verdict, a table of the tests that are
 * not clean, and the call sites that leaked, each folded. Bounded in size, as a comment that is too
 * long is refused as a whole.
 */
#include "report/report.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/stream.h"
#include "base/units.h"
#include "report/facts.h"
#include "report/leaks.h"
#include "report/text.h"
#include "report/xml.h"

/* A comment has room for 65,536 characters. */
enum { TABLE_MAX_BYTES = 20000, LEAKS_MAX_BYTES = 36000, NOTES_MAX_BYTES = 4000 };

struct markdown {
	const struct leaks *leaks;
	const struct result *result;
	FILE *to;
};

/*
 * Writes a name of somebody else so that nothing in it is markup, or a user who gets a message:
 * <code> is not searched for names, and a number is neither markup nor a cell's end.
 */
static int markdown_name(FILE *to, const char *name)
{
	_cleanup_free_ char *printable = facts_printable(name);

	if (!printable)
		return -ENOMEM;
	fputs("<code>", to);
	for (const char *s = printable; *s; s++) {
		if (ispunct((unsigned char)*s))
			fprintf(to, "&#%d;", *s);
		else
			fputc(*s, to);
	}
	fputs("</code>", to);
	return 0;
}

static void markdown_plural(FILE *to, uint64_t n, const char *one, const char *many)
{
	const struct text text = { .to = to };

	text_count(&text, n, one, many);
}

/* "**leaktrace: 1 of 3 tests leaked: 12.0 KiB in 3 blocks lost**" */
static int markdown_headline(const struct markdown *markdown)
{
	const struct result *result = markdown->result;
	const struct text text = { .result = result, .to = markdown->to };
	_cleanup_free_ char *sentence = leaks_sentence(markdown->leaks, leaks_all(markdown->leaks));
	_cleanup_free_ char *what = facts_what(result);

	if (!sentence || !what)
		return -ENOMEM;
	fputs("**leaktrace: ", markdown->to);
	text_tests_verdict(&text);
	fputs(*sentence ? sentence : "nothing leaked", markdown->to);
	if (result->verdict == VERDICT_INCOMPLETE)
		fputs(", as far as was seen", markdown->to);
	fputs("** in ", markdown->to);
	if (markdown_name(markdown->to, what) < 0)
		return -ENOMEM;
	fputs("\n", markdown->to);
	return 0;
}

/* One row, without a line end. */
static int table_row(const struct markdown *markdown, FILE *to, const struct test *test,
		     struct leak_span span)
{
	static const char *const marks[] = {
		[TEST_CLEAN] = ":white_check_mark:",
		[TEST_LEAKS] = ":x:",
		[TEST_NONE] = ":grey_question:",
	};
	_cleanup_free_ char *sentence = leaks_sentence(markdown->leaks, span);
	char rss[UNITS_TEXT_BYTES] = "", time[UNITS_TEXT_BYTES] = "";

	fprintf(to, "| %s | ", marks[test->verdict]);
	if (!sentence || markdown_name(to, test->name) < 0)
		return -ENOMEM;
	fputs(" | ", to);
	if (test->reason) {
		fputs("no verdict: ", to);
		if (markdown_name(to, test->reason) < 0)
			return -ENOMEM;
	} else {
		fputs(*sentence ? sentence : "-", to);
	}
	if (test->peak_rss_bytes)
		units_format_bytes(test->peak_rss_bytes, rss);
	if (test->end_ns)
		units_format_ns(test->end_ns - test->begin_ns, time);
	fprintf(to, " | %s | %s |", rss, time);
	return 0;
}

/*
 * Writes PIECE, which is freed, if MAX bytes have room for it besides the *USED ones. Returns
 * whether they have.
 */
static bool piece_write(FILE *to, char *piece, size_t *used, size_t max)
{
	_cleanup_free_ char *text = piece;
	size_t n = strlen(text);

	if (*used + n > max)
		return false;
	*used += n;
	fputs(text, to);
	return true;
}

/* A piece of markdown in fresh memory: what WRITE writes about SUBJECT; NULL without memory. */
static char *piece_make(const struct markdown *markdown,
			int (*write)(const struct markdown *markdown, FILE *to,
				     const void *subject),
			const void *subject)
{
	struct text text = { .result = markdown->result };
	char *piece = NULL;
	size_t n;

	text.to = open_memstream(&piece, &n);
	if (!text.to)
		return NULL;
	return text_close(&text, write(markdown, text.to, subject), &piece);
}

static int row_write(const struct markdown *markdown, FILE *to, const void *subject)
{
	const struct test *test = subject;
	uint32_t number = (uint32_t)(test - markdown->result->tests.items.items) + 1;
	int r = table_row(markdown, to, test, leaks_of(markdown->leaks, number));

	fputc('\n', to);
	return r;
}

/* Tests that are clean are counted and not listed. */
static int markdown_tests(const struct markdown *markdown)
{
	const struct result *result = markdown->result;
	size_t used = 0, n_clean = 0, n_more = 0;
	bool full = false;

	vec_foreach(test, &result->tests.items) {
		char *piece;

		if (test->verdict == TEST_CLEAN) {
			n_clean++;
			continue;
		}
		if (full) {
			n_more++;
			continue;
		}
		if (!used)
			fputs("\n| | Test | Leaked | Peak RSS | Time |\n|---|---|---|---|---|\n",
			      markdown->to);
		piece = piece_make(markdown, row_write, test);
		if (!piece)
			return -ENOMEM;
		full = !piece_write(markdown->to, piece, &used, TABLE_MAX_BYTES);
		n_more += full;
	}
	if (n_clean + n_more)
		fputc('\n', markdown->to);
	if (n_more) {
		markdown_plural(markdown->to, n_more, "more test is", "more tests are");
		fputs(" not shown.\n", markdown->to);
	}
	if (n_clean) {
		markdown_plural(markdown->to, n_clean, "test is", "tests are");
		fputs(" clean.\n", markdown->to);
	}
	return 0;
}

/* A call site: its size and innermost line, and behind them all that the text report says. */
static int leak_write(const struct markdown *markdown, FILE *to, const void *subject)
{
	const struct leak_span one = { subject, 1 };
	_cleanup_free_ char *sentence = leaks_sentence(markdown->leaks, one);
	_cleanup_free_ char *paragraph = leaks_paragraphs(markdown->leaks, one);
	_cleanup_free_ char *where = facts_where(markdown->result, one.items->group->stack);

	if (!sentence || !paragraph || !where)
		return -ENOMEM;
	fprintf(to, "\n<details><summary>%s, ", sentence);
	if (markdown_name(to, where) < 0)
		return -ENOMEM;
	fputs("</summary>\n\n<pre>\n", to);
	xml_text(to, paragraph);
	fputs("</pre>\n\n</details>\n", to);
	return 0;
}

static int markdown_leaks(const struct markdown *markdown)
{
	struct leak_span span = leaks_all(markdown->leaks);
	uint64_t top = markdown->leaks->options.top, n_told = 0, n_more = 0;
	size_t used = 0;
	bool full = false;

	for (size_t i = 0; i < span.n; i++) {
		char *piece;

		if (leak_is_told_elsewhere(span, &span.items[i]))
			continue;
		if (full || (top && n_told >= top)) {
			n_more++;
			continue;
		}
		piece = piece_make(markdown, leak_write, &span.items[i]);
		if (!piece)
			return -ENOMEM;
		full = !piece_write(markdown->to, piece, &used, LEAKS_MAX_BYTES);
		n_told += !full;
		n_more += full;
	}
	if (n_more) {
		fputc('\n', markdown->to);
		markdown_plural(markdown->to, n_more, "more call site is", "more call sites are");
		fputs(" not shown.\n", markdown->to);
	}
	return 0;
}

static int markdown_notes(const struct markdown *markdown)
{
	_cleanup_free_ char *notes = leaks_notes(markdown->leaks);

	if (!notes)
		return -ENOMEM;
	if (!*notes)
		return 0;
	if (strlen(notes) > NOTES_MAX_BYTES)
		strcpy(notes + NOTES_MAX_BYTES - 4, "...\n");
	fputs("\n<pre>\n", markdown->to);
	xml_text(markdown->to, notes);
	fputs("</pre>\n", markdown->to);
	return 0;
}

int report_markdown(const struct result *result, const struct report_options *options, FILE *to)
{
	struct leaks leaks;
	const struct markdown markdown = { .leaks = &leaks, .result = result, .to = to };
	int r = leaks_find(result, options, &leaks);

	if (r < 0)
		return r;
	r = markdown_headline(&markdown);
	if (r == 0)
		r = markdown_tests(&markdown);
	if (r == 0)
		r = markdown_leaks(&markdown);
	if (r == 0)
		r = markdown_notes(&markdown);
	leaks_done(&leaks);
	return r < 0 ? r : stream_flush(to);
}
