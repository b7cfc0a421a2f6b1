// SPDX-License-Identifier: BSD-2-Clause
/* "leaktrace diff --json": docs/RECORDING.md describes every member. */
#include <errno.h>

#include "report/diff.h"
#include "base/stream.h"
#include "report/facts.h"
#include "report/json_stack.h"
#include "report/json_value.h"

static json_t *json_amount(const struct diff_amount *amount)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "bytes", json_u64(amount->bytes));
	bad |= json_object_set_new(object, "blocks", json_u64(amount->n_blocks));
	return json_checked(object, bad);
}

/* All of it but its stack. */
static json_t *json_diff_site(const struct result *result, const struct diff_site *site)
{
	const struct test *test = tests_get(&result->tests, site->group.test);
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "change", json_text(diff_change_name(site->change)));
	bad |= json_object_set_new(object, "leak", json_boolean(site->is_leak));
	bad |= json_object_set_new(object, "kind", json_text(resource_kind_name(site->group.kind)));
	bad |= json_object_set_new(object, "class",
				   json_text(resource_class_name(site->group.class)));
	bad |= json_object_set_new(object, "test", json_text(test ? test->name : NULL));
	bad |= json_object_set_new(object, "before", json_amount(&site->before));
	bad |= json_object_set_new(object, "now", json_amount(&site->now));
	return json_checked(object, bad);
}

static json_t *json_counts(const struct diff *diff)
{
	json_t *object = json_object();
	int bad = 0;

	for (int i = 0; i < _DIFF_MAX; i++)
		bad |= json_object_set_new(object, diff_change_name((enum diff_change)i),
					   json_u64(diff->n[i]));
	return json_checked(object, bad);
}

static int json_diff_sites(const struct diff *diff, FILE *to)
{
	_cleanup_(json_places_done) struct json_places before = { 0 }, now = { 0 };
	const char *separator = "\n  ";
	int r = json_places_init(&before, diff->before);

	if (r == 0)
		r = json_places_init(&now, diff->now);
	for (size_t i = 0; r == 0 && i < diff->items.n; i++) {
		const struct diff_site *site = diff->items.items[i];
		struct json_places *places = site->change == DIFF_GONE ? &before : &now;
		const struct result *result = places->result;

		fprintf(to, "%s{", separator);
		separator = ",\n  ";
		r = json_write(json_diff_site(result, site), JSON_EMBED, to);
		fputs(",\"stack\":", to);
		if (r == 0)
			r = json_places_write(places, stacks_get(result->stacks, site->group.stack),
					      to);
		fputc('}', to);
	}
	return r;
}

int report_diff_json(const struct diff *diff, FILE *to)
{
	int r;

	fprintf(to, "{\n \"schema\":\"leaktrace-diff/1\",\n \"leaks\":%s,\n \"call_sites\":",
		diff->leaks ? "true" : "false");
	r = json_write(json_counts(diff), 0, to);
	fputs(",\n \"sites\":[", to);
	if (r == 0)
		r = json_diff_sites(diff, to);
	fputs("]\n}\n", to);
	if (r < 0)
		return r;
	return stream_flush(to);
}
