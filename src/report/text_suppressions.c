// SPDX-License-Identifier: BSD-2-Clause
/* Suppressions in the text report: what each has kept from failing, and which did nothing. */
#include "report/text.h"

#include "report/facts.h"

/* So many that did nothing are named. */
enum { MAX_UNUSED = 5 };

/* "leak:cache_insert (lsan.supp:3)" */
static int suppression_print(const struct text *text, const struct suppression *suppression)
{
	_cleanup_free_ char *pattern = facts_printable(suppression->text);
	_cleanup_free_ char *where = facts_printable(suppression->where);

	if (!pattern || !where)
		return -ENOMEM;
	fprintf(text->to, "%s (%s)", pattern, where);
	return 0;
}

static int suppressions_used(const struct text *text)
{
	vec_foreach(suppression, &text->result->suppressions.list) {
		const struct site_group group = {
			.kind = (uint8_t)suppression->kind,
			.class = CLASS_LEAKED,
			.n_blocks = suppression->n_blocks,
			.bytes = suppression->bytes,
		};

		if (!suppression->n_sites)
			continue;
		text_group_amount(text, &group);
		fputs(" suppressed by ", text->to);
		if (suppression_print(text, suppression) < 0)
			return -ENOMEM;
		fputc('\n', text->to);
	}
	return 0;
}

static int suppressions_unused(const struct text *text)
{
	size_t n = 0;

	vec_foreach(suppression, &text->result->suppressions.list) {
		if (suppression->n_sites || ++n > MAX_UNUSED)
			continue;
		fputs(n == 1 ? "note: no leak matched " : ", ", text->to);
		if (suppression_print(text, suppression) < 0)
			return -ENOMEM;
	}
	if (n > MAX_UNUSED) {
		fputs(", and ", text->to);
		text_count(text, n - MAX_UNUSED, "more suppression", "more suppressions");
	}
	if (n)
		fputc('\n', text->to);
	return 0;
}

int text_suppressions(const struct text *text)
{
	int r = suppressions_used(text);

	/* There may be a leak in a later report. */
	return r == 0 && text->result->final ? suppressions_unused(text) : r;
}
