// SPDX-License-Identifier: BSD-2-Clause
/* Many keys at a time: see keys.h. */
#include "collect/keys.h"

#include <bpf/bpf.h>

/* A key that is not there ends a batch. */
void keys_delete(int map_fd, const uint64_t *keys, size_t n)
{
	while (n) {
		uint32_t done = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
		size_t passed = bpf_map_delete_batch(map_fd, keys, &done, NULL) < 0 ? 1 : 0;

		passed += done;
		passed = passed < n ? passed : n;
		keys += passed;
		n -= passed;
	}
}
