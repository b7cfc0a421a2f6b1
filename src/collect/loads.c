// SPDX-License-Identifier: BSD-2-Clause
/* Programs that wait for probes: see loads.h. */
#include "collect/loads.h"

#include <bpf/bpf.h>

/* Without room for it the next one waits as well. */
static void load_remember(const struct loads *loads, const struct lt_load *load)
{
	uint8_t seen = 1;

	bpf_map_update_elem(loads->seen_fd, &load->key, &seen, BPF_ANY);
}

int loads_event(void *data, void *bytes, size_t n)
{
	const struct loads *loads = data;
	const struct lt_load *load = bytes;

	if (n < sizeof(*load) || load->space >= LT_MAX_SPACES)
		return 0;
	if (!load->space) {
		if (loads->starts(loads->data, (pid_t)load->pid, load->path) && load->key.ino)
			load_remember(loads, load);
		bpf_map_delete_elem(loads->starts_fd, &load->tid);
		return 0;
	}
	loads->loaded(loads->data, (pid_t)load->pid);
	load_remember(loads, load);
	__atomic_fetch_and(&loads->spaces[load->space].hold, ~LT_HOLD_LOAD, __ATOMIC_RELEASE);
	return 0;
}
