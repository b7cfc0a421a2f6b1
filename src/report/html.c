// SPDX-License-Identifier: BSD-2-Clause
/*
 * The HTML report: one page that needs no network. It is the JSON report, with each stack once and
 * without the smallest of very many call sites, around which src/report/html/assemble has put a
 * script that draws it. The assembler reads the page when leaktrace is built, as in schema.c.
 */
#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "base/stream.h"
#include "report/json_sites.h"
#include "report/sources.h"

__asm__(".pushsection .rodata\n"
	".global report_page\n"
	"report_page:\n"
	".incbin \"build/page.html\"\n"
	".byte 0\n"
	".popsection\n");

extern const char report_page[];

/*
 * In a page, a "<" in the data could end the element that holds it. In JSON it can only be part of
 * a string, where it may as well be written as an escape.
 */
static ssize_t html_write_escaped(void *cookie, const char *text, size_t n)
{
	FILE *to = cookie;

	for (size_t i = 0; i < n;) {
		const char *mark = memchr(text + i, '<', n - i);
		size_t plain = mark ? (size_t)(mark - text) - i : n - i;

		fwrite(text + i, 1, plain, to);
		if (mark)
			fputs("\\u003c", to);
		i += plain + (mark != NULL);
	}
	return ferror(to) ? 0 : (ssize_t)n;
}

/* Writes the page from *AT up to MARK, and moves *AT behind it. */
static void html_copy_until(const char **at, const char *mark, FILE *to)
{
	const char *end = strstr(*at, mark);

	if (!end)
		return;
	fwrite(*at, 1, (size_t)(end - *at), to);
	*at = end + strlen(mark);
}

int report_html(const struct result *result, const struct report_options *options, FILE *to)
{
	_cleanup_fclose_ FILE *data =
		fopencookie(to, "w", (cookie_io_functions_t){ .write = html_write_escaped });
	_cleanup_(page_sites_done) struct page_sites page = { 0 };
	const char *at = report_page;
	int r;

	if (!data || page_sites_choose(result, &page) < 0)
		return -ENOMEM;
	html_copy_until(&at, "@report@", to);
	r = json_report_page(result, &page, data);
	if (r < 0)
		return r;
	html_copy_until(&at, "@sources@", to);
	r = sources_write(result, &page, options, data);
	if (r < 0)
		return r;
	/* It fails if what is below it does. */
	if (fflush(data) != 0)
		return stream_flush(to) ?: -EIO;
	fputs(at, to);
	return stream_flush(to);
}
