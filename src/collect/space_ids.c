// SPDX-License-Identifier: BSD-2-Clause
/* Ids of spaces: see space_ids.h. */
#include "collect/space_ids.h"

#include <bpf/bpf.h>

#include "leaktrace/abi.h"

uint32_t space_ids_take(const struct space_ids *ids)
{
	uint32_t id;

	if (bpf_map_lookup_and_delete_elem(ids->free_fd, NULL, &id) == 0)
		return id;
	if (*ids->last >= LT_MAX_SPACES - 1)
		return 0;
	id = __atomic_add_fetch(ids->last, 1, __ATOMIC_RELAXED);
	return id < LT_MAX_SPACES ? id : 0;
}

void space_ids_give(const struct space_ids *ids, uint32_t id)
{
	/* Cannot fail: the map has room for all ids. */
	bpf_map_update_elem(ids->free_fd, NULL, &id, BPF_ANY);
}
