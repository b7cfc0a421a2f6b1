/* SPDX-License-Identifier: BSD-2-Clause */
/* Many keys of a kernel map at a time. */
#ifndef LT_COLLECT_KEYS_H
#define LT_COLLECT_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Deletes what is in the map under these keys. Some may not be there. */
void keys_delete(int map_fd, const uint64_t *keys, size_t n);

#endif
