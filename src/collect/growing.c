// SPDX-License-Identifier: BSD-2-Clause
/* Arrays that grow under the programs that read them: see growing.h. */
#include "collect/growing.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/shared.h"

enum { FIRST_BYTES = 512 << 10 };

void growing_init(struct growing *growing, int outer_fd, uint32_t item_bytes, uint32_t n_max)
{
	*growing =
		(struct growing){ .outer_fd = outer_fd, .item_bytes = item_bytes, .n_max = n_max };
}

void growing_done(struct growing *growing)
{
	if (!growing->memory)
		return;
	munmap(growing->memory, (size_t)growing->n * growing->item_bytes);
	close(growing->fd);
	growing->memory = NULL;
	growing->n = 0;
}

/* The next size that has room for N. */
static uint32_t growing_size(const struct growing *growing, uint32_t n)
{
	uint64_t size = growing->n ? growing->n : FIRST_BYTES / growing->item_bytes;

	while (size < n)
		size *= 2;
	return size < growing->n_max ? (uint32_t)size : growing->n_max;
}

int growing_reserve(struct growing *growing, uint32_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	size_t old_bytes = (size_t)growing->n * growing->item_bytes, bytes;
	_cleanup_close_ int fd = -1;
	uint32_t size, only = 0;
	void *memory;

	if (n <= growing->n)
		return 0;
	if (n > growing->n_max)
		return -ENOSPC;
	size = growing_size(growing, n);
	bytes = (size_t)size * growing->item_bytes;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lt_growing", sizeof(uint32_t), growing->item_bytes,
			    size, &options);
	memory = fd < 0 ? NULL : shared_map(fd, bytes);
	if (!memory)
		return -errno;
	if (old_bytes)
		memcpy(memory, growing->memory, old_bytes);
	if (bpf_map_update_elem(growing->outer_fd, &only, &fd, BPF_ANY) < 0) {
		int r = -errno;

		munmap(memory, bytes);
		return r;
	}
	growing_done(growing);
	growing->memory = memory;
	growing->fd = TAKE_FD(fd);
	growing->n = size;
	return 0;
}
