// SPDX-License-Identifier: BSD-2-Clause
/* Suppressions and the baseline in the JSON report: see json_suppressions.h. */
#include "report/json_suppressions.h"

#include "report/json_value.h"

static json_t *json_suppression(const struct suppression *suppression)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "suppression", json_text(suppression->text));
	bad |= json_object_set_new(object, "where", json_text(suppression->where));
	bad |= json_object_set_new(object, "sites", json_u64(suppression->n_sites));
	bad |= json_object_set_new(object, "blocks", json_u64(suppression->n_blocks));
	bad |= json_object_set_new(object, "bytes", json_u64(suppression->bytes));
	return json_checked(object, bad);
}

json_t *json_suppressions(const struct suppressions *suppressions)
{
	json_t *array = json_array();
	int bad = 0;

	vec_foreach(suppression, &suppressions->list)
		bad |= json_array_append_new(array, json_suppression(suppression));
	return json_checked(array, bad);
}

json_t *json_suppression_of(const struct result *result, const struct site *site)
{
	if (!site->suppression)
		return json_null();
	return json_text(result->suppressions.list.items[site->suppression - 1].text);
}

json_t *json_baseline(const struct baseline *baseline)
{
	json_t *object = baseline->file ? json_object() : json_null();
	int bad = 0;

	if (!baseline->file)
		return object;
	bad |= json_object_set_new(object, "file", json_text(baseline->file));
	bad |= json_object_set_new(object, "sites", json_u64(baseline->n_sites));
	bad |= json_object_set_new(object, "blocks", json_u64(baseline->n_blocks));
	bad |= json_object_set_new(object, "bytes", json_u64(baseline->bytes));
	return json_checked(object, bad);
}
