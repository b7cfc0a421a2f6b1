// SPDX-License-Identifier: BSD-2-Clause
/* The baseline in the text report: how much of what would be a leak was there before. */
#include "report/text.h"

#include "report/facts.h"

/* The leaks of the baseline, and what they hold by kind. */
struct known {
	uint64_t n;
	struct site_group sums[_KIND_MAX];
};

static int known_find(const struct result *result, struct known *known)
{
	struct site_groups groups;

	if (sites_group(&result->sites, &groups) < 0)
		return -ENOMEM;
	vec_foreach(item, &groups.items)
		known->n += (*item)->in_baseline;
	site_groups_done(&groups);
	vec_foreach(item, &result->sites.items) {
		const struct site *site = *item;
		struct site_group *sum = &known->sums[site->key.kind];

		if (!site->in_baseline)
			continue;
		sum->kind = site->key.kind;
		sum->class = CLASS_LEAKED;
		sum->bytes += site->bytes;
		sum->n_blocks += site->n_blocks;
	}
	return 0;
}

int text_baseline(const struct text *text)
{
	const struct baseline *baseline = &text->result->baseline;
	_cleanup_free_ char *file = NULL;
	struct known known = { 0 };
	const char *separator = ": ";

	if (!baseline->n_sites)
		return 0;
	file = facts_printable(baseline->file);
	if (!file || known_find(text->result, &known) < 0)
		return -ENOMEM;
	text_count(text, known.n, "leak is", "leaks are");
	fprintf(text->to, " in the baseline %s (not counted)", file);
	for (int kind = 0; kind < _KIND_MAX; kind++) {
		if (!known.sums[kind].n_blocks)
			continue;
		fputs(separator, text->to);
		text_group_amount(text, &known.sums[kind]);
		separator = ", ";
	}
	fputc('\n', text->to);
	return 0;
}
