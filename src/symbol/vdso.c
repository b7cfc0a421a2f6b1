// SPDX-License-Identifier: BSD-2-Clause
/* A copy of the vdso: see vdso.h. */
#include "symbol/vdso.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/str.h"

enum { MAPS_MAX_BYTES = 64 << 20, VDSO_MAX_BYTES = 1 << 20 };

/* The range of the [vdso] line in the text of a maps file. */
static int vdso_find(char *maps, uint64_t *ret_start, uint64_t *ret_end)
{
	char *rest = maps;
	char *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!str_ends_with(line, " [vdso]"))
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, ret_start, ret_end) != 2 ||
		    *ret_start >= *ret_end || *ret_end - *ret_start > VDSO_MAX_BYTES)
			return -EINVAL;
		return 0;
	}
	return -ENOENT;
}

int vdso_open(void)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *maps = NULL;
	uint64_t start, end;
	ssize_t n;
	int r;

	r = str_read_file("/proc/self/maps", MAPS_MAX_BYTES, &maps, NULL);
	if (r < 0)
		return r;
	r = vdso_find(maps, &start, &end);
	if (r < 0)
		return r;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, (const void *)(uintptr_t)start, (size_t)(end - start));
	if (n < 0)
		return -errno;
	return (uint64_t)n == end - start ? TAKE_FD(fd) : -EIO;
}
