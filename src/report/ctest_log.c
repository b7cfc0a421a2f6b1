// SPDX-License-Identifier: BSD-2-Clause
/*
 * What leaked as a log for CTest's memory checking, in the form that it reads from a checker of the
 * type CudaSanitizer, the only one with defects of any name: it looks at lines that begin with
 * "========"; one that goes on with "= " and a word with a capital is a defect of that name. So
 * there is such a line for each call site, and everything else stands further to the right.
 */
#include "report/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "version.h"

#define RULE "========="

/* What CTest and its dashboard call it. */
static const char *defect_name(const struct site_group *group)
{
	switch (group->kind) {
	case KIND_MAPPING:
		return "Mapping leak";
	case KIND_FD:
		return group->class == CLASS_AT_EXIT ? "File descriptor open at exit" :
						       "File descriptor leak";
	case KIND_THREAD:
		return group->class == CLASS_AT_EXIT ? "Thread running at exit" : "Thread leak";
	}
	switch (group->class) {
	case CLASS_REACHABLE:
		return "Reachable memory";
	case CLASS_RETAINED:
		return "Retained memory";
	case CLASS_GROWTH:
		return "Memory growth";
	default:
		return "Memory leak";
	}
}

/* Copies the lines of TEXT so that none of them is a defect, whatever names are in it. */
static void lines_write(char *text, FILE *to)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		fputs(RULE "     ", to);
		for (const char *at = line; *at; at++) {
			fputc(*at, to);
			if (*at == ' ' && at - line >= 2 && strncmp(at - 2, "==", 2) == 0)
				fputc(' ', to);
		}
		fputc('\n', to);
	}
}

/* What WRITE says as such lines. */
static int details_write(const struct text *text, FILE *to,
			 int (*write)(const struct text *text, const struct site_group *group),
			 const struct site_group *group)
{
	_cleanup_free_ char *lines = NULL;
	struct text inner = *text;
	size_t n;
	int r;

	inner.to = open_memstream(&lines, &n);
	if (!inner.to)
		return -ENOMEM;
	r = write(&inner, group);
	if (fclose(inner.to) != 0 || r < 0)
		return -ENOMEM;
	lines_write(lines, to);
	return 0;
}

/* What the numbers do not tell, and what was missed. */
static int remarks_write(const struct text *text, const struct site_group *group)
{
	(void)group;
	if (text_notes(text) < 0)
		return -ENOMEM;
	text_losses(text);
	return 0;
}

static int defects_write(const struct text *text, const struct site_groups *groups, FILE *to)
{
	vec_foreach(item, &groups->items) {
		if (!(*item)->is_leak)
			continue;
		fprintf(to, RULE " %s\n", defect_name(*item));
		if (details_write(text, to, text_group, *item) < 0)
			return -ENOMEM;
	}
	return 0;
}

int report_ctest_log(const struct result *result, const struct report_options *options, FILE *to)
{
	/* A file: no colours, and paths in full. */
	const struct report_options plain = { .fail_on = options->fail_on };
	const struct text text = { .result = result, .options = &plain };
	struct site_groups groups;
	int r;

	if (sites_group(&result->sites, &groups) < 0)
		return -ENOMEM;
	fputs(RULE " leaktrace " LEAKTRACE_VERSION "\n", to);
	r = defects_write(&text, &groups, to);
	site_groups_done(&groups);
	if (r == 0 && options->strict && result->verdict == VERDICT_INCOMPLETE)
		fputs(RULE " Incomplete data\n", to);
	if (r == 0)
		r = details_write(&text, to, remarks_write, NULL);
	if (r < 0)
		return r;
	return stream_flush(to);
}
