// SPDX-License-Identifier: BSD-2-Clause
/* Marks in the text report: which there are, and how much a call site grew between them. */
#include "report/text.h"

#include "base/units.h"
#include "report/facts.h"

/* So many marks, and amounts at them, are in a line: the first, and the last ones. */
enum { MAX_SHOWN = 8 };

/* Whether the item I of N is left out of a line; SEPARATOR goes before those that are not. */
static bool is_skipped(size_t i, size_t n)
{
	return i > 0 && i + MAX_SHOWN <= n;
}

static const char *separator_before(size_t i, size_t n)
{
	return i == 0 ? "" : i + MAX_SHOWN == n + 1 && i > 1 ? ", ..., " : ", ";
}

/* "marks: start at 1.2s, loaded at 3.4s" */
int text_marks(const struct text *text)
{
	const struct result *result = text->result;
	size_t n = result->marks.items.n;

	for (size_t i = 0; i < n; i++) {
		const struct mark_point *mark = &result->marks.items.items[i];
		_cleanup_free_ char *name = facts_printable(mark->name);
		char time[UNITS_TEXT_BYTES];

		if (!name)
			return -ENOMEM;
		if (is_skipped(i, n))
			continue;
		fprintf(text->to, "%s%s%s at %s", i ? "" : "\nmarks: ", separator_before(i, n),
			name, units_format_ns(mark->time_ns - result->started_ns, time));
	}
	if (n)
		fputc('\n', text->to);
	return 0;
}

bool text_group_is_of_marks(const struct site_group *group)
{
	return group->class == CLASS_GROWTH && !group->test;
}

void text_growth_amounts(const struct text *text, const struct site_group *group)
{
	bool has_bytes = resource_kind_has_bytes(group->kind);
	size_t n = group->first->growth.n;
	char amount[UNITS_TEXT_BYTES];

	/* Of several processes, those of one say nothing about the sum. */
	if (group->class != CLASS_GROWTH || group->n_processes > 1)
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t at = group->first->growth.items[i];

		if (is_skipped(i, n))
			continue;
		fprintf(text->to, "%s%s", i ? separator_before(i, n) : ": ",
			has_bytes ? units_format_bytes(at, amount) :
				    units_format_count(at, amount));
	}
}

void text_group_grown(const struct text *text, const struct site_group *group)
{
	bool has_bytes = resource_kind_has_bytes(group->kind);
	uint64_t grown = (uint64_t)group->growth;
	char amount[UNITS_TEXT_BYTES];

	text_style(text, STYLE_BOLD);
	fprintf(text->to, "+%s",
		has_bytes ? units_format_bytes(grown, amount) : units_format_count(grown, amount));
	text_style(text, STYLE_NONE);
	fputs(" to ", text->to);
	text_group_amount(text, group);
	fputs(group->grew_always ? ", more at each mark" : " since the first mark", text->to);
}
