// SPDX-License-Identifier: BSD-2-Clause
/* Present or swapped pages, from /proc/PID/pagemap: see populated.h. */
#include "scan/populated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	PAGE_BYTES = 4096,
	WINDOW = 2 * POPULATED_RUNS, /* entries: not more than this can begin as many runs */
};

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_SWAPPED (1ull << 62)

/* The same in the ioctl, which the headers of Debian 12 have not got. */
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)

/* One call looks at no more: page tables that do not exist are passed over at once. */
#define SCAN_BYTES (1ull << 42)

struct scan_region {
	uint64_t start, end, categories;
};

struct scan_argument {
	uint64_t size, flags, start, end, walk_end, regions, n_regions, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_argument)

int populated_open(struct populated *populated, pid_t pid, bool lists_only)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	populated->fd = open(path, O_RDONLY | O_CLOEXEC);
	populated->lists_only = lists_only;
	populated->n = 0;
	return populated->fd < 0 ? -errno : 0;
}

void populated_close(struct populated *populated)
{
	closep(&populated->fd);
}

static void run_add(struct populated *populated, uint64_t start, uint64_t end)
{
	if (populated->n && populated->runs[populated->n - 1].end == start)
		populated->runs[populated->n - 1].end = end;
	else
		populated->runs[populated->n++] = (struct populated_run){ start, end };
}

static int scan_next(struct populated *populated, uint64_t *at, uint64_t end)
{
	struct scan_region regions[POPULATED_RUNS];
	struct scan_argument argument = {
		.size = sizeof(argument),
		.start = *at,
		.end = end - *at < SCAN_BYTES ? end : *at + SCAN_BYTES,
		.regions = (uint64_t)(uintptr_t)regions,
		.n_regions = POPULATED_RUNS,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED,
	};
	int n = ioctl(populated->fd, SCAN_IOCTL, &argument);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n && i < POPULATED_RUNS; i++)
		run_add(populated, regions[i].start, regions[i].end);
	/* A walk that was interrupted has not come far, but further. */
	if (argument.walk_end <= *at)
		return -EINTR;
	*at = argument.walk_end;
	return 0;
}

static int list_next(struct populated *populated, uint64_t *at, uint64_t end)
{
	uint64_t entries[WINDOW];
	uint64_t first = *at / PAGE_BYTES, n = end / PAGE_BYTES - first;
	ssize_t bytes;

	if (n > WINDOW)
		n = WINDOW;
	bytes = pread(populated->fd, entries, n * sizeof(*entries),
		      (off_t)(first * sizeof(*entries)));
	if (bytes != (ssize_t)(n * sizeof(*entries)))
		return bytes < 0 ? -errno : -EIO;
	for (uint64_t i = 0; i < n; i++) {
		if (entries[i] & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED))
			run_add(populated, (first + i) * PAGE_BYTES, (first + i + 1) * PAGE_BYTES);
	}
	*at = (first + n) * PAGE_BYTES;
	return 0;
}

int populated_next(struct populated *populated, uint64_t *at, uint64_t end)
{
	int r;

	*at &= ~(uint64_t)(PAGE_BYTES - 1);
	end = (end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
	populated->n = 0;
	if (!populated->lists_only) {
		r = scan_next(populated, at, end);
		if (r != -ENOTTY)
			return r;
		populated->lists_only = true;
	}
	return list_next(populated, at, end);
}
