// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prefixes of log lines. They are taken off by what they look like, one after the other, because
 * loggers are stacked: "Mar 24 13:09:13 host kernel: [ 4771.273156] Mem-Info:".
 */
#include "oom/line.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A prefix is not longer than this; further in, the same words belong to the message. */
enum { PREFIX_MAX = 160 };

static const char *skip_spaces(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static void time_set(struct oom_line *line, const char *from, const char *end)
{
	if (line->time[0])
		return;
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	snprintf(line->time, sizeof(line->time), "%.*s", (int)(end - from), from);
}

/* "6,339,5140900,-;text": a record of /dev/kmsg. */
static const char *skip_kmsg(const char *text, struct oom_line *line)
{
	unsigned priority;
	uint64_t sequence, us;
	int n = 0;

	if (sscanf(text, "%10u,%20" SCNu64 ",%20" SCNu64 ",%n", &priority, &sequence, &us, &n) <
		    3 ||
	    n == 0)
		return text;
	text += n;
	while (*text && *text != ';' && *text != ' ')
		text++;
	if (*text != ';')
		return text;
	snprintf(line->time, sizeof(line->time), "%" PRIu64 ".%06" PRIu64, us / 1000000,
		 us % 1000000);
	return text + 1;
}

/* Is what stands in brackets a time ("  12.345678", "Thu May  9 14:52:38 2024")? */
static bool is_time(const char *from, const char *end)
{
	bool digit = false, mark = false;

	for (const char *c = from; c < end; c++) {
		digit |= isdigit((unsigned char)*c) != 0;
		mark |= (*c == '.' || *c == ':') && c > from && isdigit((unsigned char)c[-1]);
	}
	return digit && mark;
}

/* Is it the caller that CONFIG_PRINTK_CALLER adds ("T14021", "   C0")? */
static bool is_caller(const char *from, const char *end)
{
	while (from < end && *from == ' ')
		from++;
	if (from == end || (*from != 'T' && *from != 'C'))
		return false;
	for (from++; from < end; from++) {
		if (!isdigit((unsigned char)*from))
			return false;
	}
	return true;
}

/* "<4>", "[ 12.345678]", "[T12]", any number of them. */
static const char *skip_brackets(const char *text, struct oom_line *line)
{
	for (;;) {
		const char *from = skip_spaces(text), *end;

		if (*from == '<' && isdigit((unsigned char)from[1])) {
			end = from + 1;
			while (isdigit((unsigned char)*end))
				end++;
			if (*end != '>')
				return text;
			text = end + 1;
			continue;
		}
		if (*from != '[')
			return text;
		end = strchr(from, ']');
		if (!end || end - from > PREFIX_MAX)
			return text;
		if (is_time(from + 1, end))
			time_set(line, from + 1, end);
		else if (!is_caller(from + 1, end))
			return text;
		text = end + 1;
		if (*text == ':')
			text++;
	}
}

/* The length of the time that a logger starts its lines with: "Mar 24 13:09:13", ISO 8601. */
static size_t stamp_length(const char *text)
{
	const char *end = text, *blank;

	if (*text == '[' || *text == '<')
		return 0;
	/* One word: 2026-09-19T17:27:56.876962+00:00 */
	while (*end && *end != ' ')
		end++;
	if (isdigit((unsigned char)*text))
		return is_time(text, end) ? (size_t)(end - text) : 0;
	/* Three words, of any language: month, day, time. */
	for (int word = 0; word < 2; word++) {
		blank = skip_spaces(end);
		for (end = blank; *end && *end != ' ';)
			end++;
	}
	if (end - text >= 40 || end - blank < 8 || blank[2] != ':' || blank[5] != ':' ||
	    !is_time(blank, end))
		return 0;
	return (size_t)(end - text);
}

/* The end of "kernel:" or "kernel[0]:" in a prefix; NULL: it is not there. */
static const char *find_tag(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "kernel")) && at - text < PREFIX_MAX) {
		const char *end = at + strlen("kernel");

		if (*end == '[') {
			for (end++; isdigit((unsigned char)*end);)
				end++;
			end += *end == ']';
		}
		if (*end == ':' && (at == text || at[-1] == ' ' || at[-1] == '.'))
			return end + 1;
		at++;
	}
	return NULL;
}

void oom_line_split(const char *raw, struct oom_line *ret)
{
	const char *text = raw, *tag;
	size_t n;

	ret->time[0] = '\0';
	/* Quoted in mail or in a ticket. */
	while (*text == ' ' || *text == '\t' || *text == '>' || *text == '|')
		text++;
	text = skip_kmsg(text, ret);
	n = stamp_length(text);
	tag = find_tag(text);
	if (n)
		time_set(ret, text, text + n);
	if (tag) {
		skip_brackets(text, ret);
		text = tag;
	} else if (n) {
		text += n;
	}
	text = skip_brackets(text, ret);
	/* A console of a virtual machine has its own prefix before the guest's. */
	tag = strchr(text, '<');
	if (tag && tag - text < PREFIX_MAX && isdigit((unsigned char)tag[1]) && tag[2] == '>' &&
	    tag[3] == '[')
		text = skip_brackets(tag, ret);
	ret->text = skip_spaces(text);
}
