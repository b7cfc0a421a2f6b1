/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids of spaces: user space takes them as bpf/process.bpf.c does, and alone gives them back. */
#ifndef LT_COLLECT_SPACE_IDS_H
#define LT_COLLECT_SPACE_IDS_H

#include <stdint.h>

struct space_ids {
	int free_fd;		 /* lt_free_spaces: ids that were used and are free again */
	volatile uint32_t *last; /* lt_last_space: the highest id that was ever taken */
};

/* An id that nobody uses, 0 if there is none. */
uint32_t space_ids_take(const struct space_ids *ids);

/* ID may be used again. */
void space_ids_give(const struct space_ids *ids, uint32_t id);

#endif
