// SPDX-License-Identifier: BSD-2-Clause
/* Text inside of XML and HTML: see xml.h. */
#include "report/xml.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

/* Writes LINE, which is valid UTF-8 without control characters. */
static void xml_line(FILE *to, const char *line)
{
	for (const char *s = line; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\xef':
			/* U+FFFE and U+FFFF are no characters of XML. */
			if (s[1] == '\xbf' && (s[2] == '\xbe' || s[2] == '\xbf')) {
				fputc('?', to);
				s += 2;
				break;
			}
			/* fallthrough */
		default:
			fputc(*s, to);
		}
	}
}

void xml_text(FILE *to, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy;

	/* No memory: what is missing is seen, and nothing is broken. */
	if (!copy)
		fputc('?', to);
	for (char *line; (line = strsep(&rest, "\n"));) {
		str_sanitize(line);
		xml_line(to, line);
		if (rest)
			fputc('\n', to);
	}
}

void xml_attribute(FILE *to, const char *name, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);

	if (copy)
		str_sanitize(copy);
	fprintf(to, " %s=\"", name);
	xml_line(to, copy ?: "?");
	fputc('"', to);
}
