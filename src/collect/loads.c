// SPDX-License-Identifier: BSD-2-Clause
/* Programs that wait for probes: see loads.h. */
#include "collect/loads.h"

#include <bpf/bpf.h>

int loads_event(void *data, void *bytes, size_t n)
{
	const struct loads *loads = data;
	const struct lt_load *load = bytes;
	uint8_t seen = 1;

	if (n < sizeof(*load) || load->space >= LT_MAX_SPACES)
		return 0;
	loads->loaded(loads->data, (pid_t)load->pid);
	/* Without room for it the next one waits as well. */
	bpf_map_update_elem(loads->seen_fd, &load->key, &seen, BPF_ANY);
	__atomic_store_n(&loads->spaces[load->space].hold, LT_HOLD_NONE, __ATOMIC_RELEASE);
	return 0;
}
