// SPDX-License-Identifier: BSD-2-Clause
/* Opening the files that processes map, while they map them. */
#include "cmd/mapped.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "collect/procfs.h"

struct mapped {
	pid_t pid;
	const char *path;
	int fd;
};

/* The kernel adds to the name of a file that is gone from its folder. */
static bool mapped_is_named(const char *name, const char *path)
{
	size_t n = strlen(path);

	return strncmp(name, path, n) == 0 &&
	       (name[n] == '\0' || strcmp(name + n, " (deleted)") == 0);
}

static int mapped_open(void *data, const struct procfs_mapping *mapping)
{
	struct mapped *mapped = data;
	char link[96];

	if (mapped->fd >= 0 || !mapped_is_named(mapping->path, mapped->path))
		return 0;
	snprintf(link, sizeof(link), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)mapped->pid,
		 mapping->start, mapping->end);
	mapped->fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return 0;
}

int mapped_file_open(pid_t pid, const char *path)
{
	_cleanup_free_ char *in_root = str_printf("/proc/%d/root%s", (int)pid, path);
	struct mapped mapped = { pid, path, -1 };
	int fd;

	if (procfs_mappings(pid, mapped_open, &mapped) == 0 && mapped.fd >= 0)
		return mapped.fd;
	closep(&mapped.fd);
	fd = in_root ? open(in_root, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}
