// SPDX-License-Identifier: BSD-2-Clause
/* "leaktrace diff --json": docs/RECORDING.md describes every member. */
#include <errno.h>

#include "report/diff.h"
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

static json_t *json_diff_site(const struct diff *diff, const struct diff_site *site)
{
	const struct result *result = site->change == DIFF_GONE ? diff->before : diff->now;
	const struct test *test = tests_get(&result->tests, site->group.test);
	const struct stack *stack = stacks_get(result->stacks, site->group.stack);
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
	bad |= json_object_set_new(object, "stack", json_stack(result, stack));
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

static int json_put(json_t *value, FILE *to)
{
	int r = value ? json_dumpf(value, to, JSON_COMPACT) : -1;

	if (!value)
		return -ENOMEM;
	json_decref(value);
	return r == 0 ? 0 : ferror(to) ? -EIO : -ENOMEM;
}

int report_diff_json(const struct diff *diff, FILE *to)
{
	const char *separator = "\n  ";
	int r;

	fprintf(to, "{\n \"schema\":\"leaktrace-diff/1\",\n \"leaks\":%s,\n \"call_sites\":",
		diff->leaks ? "true" : "false");
	r = json_put(json_counts(diff), to);
	fputs(",\n \"sites\":[", to);
	vec_foreach(item, &diff->items) {
		if (r < 0)
			break;
		fputs(separator, to);
		r = json_put(json_diff_site(diff, *item), to);
		separator = ",\n  ";
	}
	fputs("]\n}\n", to);
	if (r < 0)
		return r;
	return fflush(to) != 0 || ferror(to) ? -EIO : 0;
}
