// SPDX-License-Identifier: BSD-2-Clause
/* Arrays that grow under the programs that read them: see growing.h. */
#include "collect/growing.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/shared.h"

enum { FIRST_BYTES = 512 << 10 };

void growing_init(struct growing *growing, int outer_fd, uint32_t item_bytes, uint32_t n_max)
{
	*growing =
		(struct growing){ .outer_fd = outer_fd, .item_bytes = item_bytes, .n_max = n_max };
}

/* The array before this one is no longer in use. */
static int growing_settle(struct growing *growing)
{
	int r = later_end(&growing->putting);

	if (growing->fd_before)
		close(growing->fd_before);
	growing->fd_before = 0;
	return r;
}

static void growing_drop(struct growing *growing)
{
	if (!growing->memory)
		return;
	munmap(growing->memory, (size_t)growing->n * growing->item_bytes);
	close(growing->fd);
	growing->memory = NULL;
	growing->n = 0;
}

void growing_done(struct growing *growing)
{
	if (growing_settle(growing) < 0)
		log_debug(LOG_UNWIND, "an array could not be put in its place");
	growing_drop(growing);
}

/* The next size that has room for N. */
static uint32_t growing_size(const struct growing *growing, uint32_t n)
{
	uint64_t size = growing->n ? growing->n : FIRST_BYTES / growing->item_bytes;

	while (size < n)
		size *= 2;
	return size < growing->n_max ? (uint32_t)size : growing->n_max;
}

static int growing_put(void *data)
{
	const struct growing *growing = data;
	uint32_t only = 0;

	if (bpf_map_update_elem(growing->outer_fd, &only, &growing->fd, BPF_ANY) < 0)
		return -errno;
	return 0;
}

/* Whether programs find the array. */
static bool growing_is_put(const struct growing *growing)
{
	struct bpf_map_info info = { 0 };
	uint32_t n = sizeof(info), only = 0, id = 0;

	return bpf_obj_get_info_by_fd(growing->fd, &info, &n) == 0 &&
	       bpf_map_lookup_elem(growing->outer_fd, &only, &id) == 0 && id == info.id;
}

/* An array for SIZE items with those of the one before, which nobody else knows yet. */
static int growing_make(const struct growing *before, uint32_t size, struct growing *ret)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	struct growing larger = *before;

	larger.n = size;
	larger.fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lt_growing", sizeof(uint32_t),
				   larger.item_bytes, size, &options);
	if (larger.fd < 0)
		return -errno;
	larger.memory = shared_map(larger.fd, (size_t)size * larger.item_bytes);
	if (!larger.memory) {
		int r = -errno;

		close(larger.fd);
		return r;
	}
	if (before->memory)
		memcpy(larger.memory, before->memory, (size_t)before->n * before->item_bytes);
	*ret = larger;
	return 0;
}

int growing_reserve(struct growing *growing, uint32_t n)
{
	struct growing before;
	int r;

	if (n <= growing->n)
		return 0;
	if (n > growing->n_max)
		return -ENOSPC;
	r = growing_settle(growing);
	before = *growing;
	if (r == 0)
		r = growing_make(&before, growing_size(growing, n), growing);
	if (r < 0)
		return r;
	later_begin(&growing->putting, growing_put, growing);
	while (!growing_is_put(growing) && !later_is_over(&growing->putting))
		sched_yield();
	if (!growing_is_put(growing)) {
		r = growing_settle(growing);
		growing_drop(growing);
		*growing = before;
		return r < 0 ? r : -EIO;
	}
	if (before.memory) {
		munmap(before.memory, (size_t)before.n * before.item_bytes);
		growing->fd_before = before.fd;
	}
	return 0;
}
