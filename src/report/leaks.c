// SPDX-License-Identifier: BSD-2-Clause
/* What has failed, test by test: see leaks.h. */
#include "report/leaks.h"

#include <string.h>

#include "base/units.h"
#include "report/facts.h"
#include "report/text.h"

static int leak_compare(const void *a, const void *b)
{
	const struct leak *x = a, *y = b;

	if (x->group->test != y->group->test)
		return x->group->test < y->group->test ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

int leaks_find(const struct result *result, const struct report_options *options,
	       struct leaks *ret_leaks)
{
	struct leaks leaks = { .result = result, .options = *options };
	int r = sites_group(&result->sites, &leaks.groups);

	if (r < 0)
		return r;
	leaks.options.color = false;
	leaks.options.width = 0;
	for (size_t i = 0; r == 0 && i < leaks.groups.items.n; i++) {
		struct leak leak = { leaks.groups.items.items[i], i };

		if (!leak.group->is_leak)
			continue;
		r = vec_push(&leaks.ranked, leak);
		if (r == 0)
			r = vec_push(&leaks.by_test, leak);
	}
	if (r < 0) {
		leaks_done(&leaks);
		return r;
	}
	if (leaks.by_test.n)
		qsort(leaks.by_test.items, leaks.by_test.n, sizeof(*leaks.by_test.items),
		      leak_compare);
	*ret_leaks = leaks;
	return 0;
}

void leaks_done(struct leaks *leaks)
{
	site_groups_done(&leaks->groups);
	vec_done(&leaks->ranked);
	vec_done(&leaks->by_test);
}

struct leak_span leaks_all(const struct leaks *leaks)
{
	return (struct leak_span){ leaks->ranked.items, leaks->ranked.n };
}

/* The first leak of this test, or of one with a higher number. */
static size_t leaks_lower_bound(const struct leaks *leaks, uint64_t test)
{
	size_t low = 0, high = leaks->by_test.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (leaks->by_test.items[middle].group->test < test)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct leak_span leaks_of(const struct leaks *leaks, uint32_t test)
{
	size_t from = leaks_lower_bound(leaks, test);
	size_t to = leaks_lower_bound(leaks, (uint64_t)test + 1);

	return (struct leak_span){ from < to ? leaks->by_test.items + from : NULL, to - from };
}

bool leak_is_told_elsewhere(struct leak_span span, const struct leak *leak)
{
	/* In the order of ranks the lost ones come before those that only they lead to. */
	return leak->group->class == CLASS_INDIRECT && span.items[0].group->class != CLASS_INDIRECT;
}

/* What is held, by kind and class. */
struct sums {
	uint64_t bytes[_KIND_MAX][_CLASS_MAX];
	uint64_t n[_KIND_MAX][_CLASS_MAX];
};

static void sentence_write(const struct text *text, const struct sums *sums)
{
	const char *separator = "";

	for (int kind = 0; kind < _KIND_MAX; kind++) {
		for (int class = 0; class < _CLASS_MAX; class ++) {
			const struct site_group group = {
				.kind = (uint8_t)kind,
				.class = (uint8_t) class,
				.bytes = sums->bytes[kind][class],
				.n_blocks = sums->n[kind][class],
			};

			if (!group.n_blocks)
				continue;
			fputs(separator, text->to);
			text_group_held(text, &group);
			separator = ", ";
		}
	}
}

char *leaks_sentence(const struct leaks *leaks, struct leak_span span)
{
	struct sums sums = { 0 };
	struct text text = { .result = leaks->result, .options = &leaks->options };
	char *sentence = NULL;
	size_t n;

	for (size_t i = 0; i < span.n; i++) {
		const struct site_group *group = span.items[i].group;
		int class = group->class == CLASS_INDIRECT ? CLASS_LOST : group->class;

		sums.bytes[group->kind][class] += group->bytes;
		sums.n[group->kind][class] += group->n_blocks;
	}
	text.to = open_memstream(&sentence, &n);
	if (!text.to)
		return NULL;
	sentence_write(&text, &sums);
	return text_close(&text, 0, &sentence);
}

/* Returns 0 or -ENOMEM. */
static int paragraphs_write(const struct leaks *leaks, const struct text *text,
			    struct leak_span span)
{
	uint64_t top = leaks->options.top, n_told = 0, n_more = 0;

	for (size_t i = 0; i < span.n; i++) {
		if (leak_is_told_elsewhere(span, &span.items[i]))
			continue;
		if (top && n_told >= top) {
			n_more++;
			continue;
		}
		if (n_told++)
			fputc('\n', text->to);
		if (text_group(text, span.items[i].group) < 0)
			return -ENOMEM;
	}
	if (n_more) {
		fputs("\n... and ", text->to);
		text_count(text, n_more, "more call site", "more call sites");
		fputc('\n', text->to);
	}
	return 0;
}

char *leaks_paragraphs(const struct leaks *leaks, struct leak_span span)
{
	struct text text = { .result = leaks->result, .options = &leaks->options };
	char *paragraphs = NULL;
	size_t n;

	text.to = open_memstream(&paragraphs, &n);
	if (!text.to)
		return NULL;
	return text_close(&text, paragraphs_write(leaks, &text, span), &paragraphs);
}

char *leaks_notes(const struct leaks *leaks)
{
	struct text text = { .result = leaks->result, .options = &leaks->options };
	char *notes = NULL;
	size_t n;
	int r;

	text.to = open_memstream(&notes, &n);
	if (!text.to)
		return NULL;
	r = text_suppressions(&text);
	if (r == 0)
		r = text_baseline(&text);
	if (r == 0)
		r = text_notes(&text);
	text_losses(&text);
	return text_close(&text, r, &notes);
}
