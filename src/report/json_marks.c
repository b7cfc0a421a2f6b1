// SPDX-License-Identifier: BSD-2-Clause
/* Marks in the JSON report: see json_marks.h. */
#include "report/json_marks.h"

#include "report/json_value.h"

static json_t *json_mark(const struct result *result, const struct mark_point *mark)
{
	json_t *object = json_object();
	json_int_t t_ns = (json_int_t)(mark->time_ns - result->started_ns);
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(mark->name));
	bad |= json_object_set_new(object, "t_ns", json_integer(t_ns));
	bad |= json_object_set_new(object, "automatic", json_boolean(mark->is_automatic));
	return json_checked(object, bad);
}

json_t *json_marks(const struct result *result)
{
	json_t *array = json_array();
	int bad = 0;

	vec_foreach(mark, &result->marks.items)
		bad |= json_array_append_new(array, json_mark(result, mark));
	return json_checked(array, bad);
}
