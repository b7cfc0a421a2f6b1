// SPDX-License-Identifier: BSD-2-Clause
/* Members of reports about OOM kills: see json_oom.h. */
#include "report/json_oom.h"

json_t *json_oom_number(uint64_t value)
{
	return json_u64_or_null(value, value != OOM_UNKNOWN);
}

int json_oom_set_victim(json_t *object, const struct oom_victim *victim)
{
	json_t *adj = victim->has_score_adj ? json_integer(victim->score_adj) : json_null();
	int bad = 0;

	bad |= json_object_set_new(object, "anon_bytes", json_oom_number(victim->anon_bytes));
	bad |= json_object_set_new(object, "file_bytes", json_oom_number(victim->file_bytes));
	bad |= json_object_set_new(object, "shmem_bytes", json_oom_number(victim->shmem_bytes));
	bad |= json_object_set_new(object, "page_table_bytes",
				   json_oom_number(victim->page_table_bytes));
	bad |= json_object_set_new(object, "oom_score_adj", adj);
	return bad;
}
