// SPDX-License-Identifier: BSD-2-Clause
/* The search for separate debug files, as gdb does it: see debuglink.h. */
#include "base/debuglink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/str.h"

int debuglink_open_file(const char *path, struct stat *ret_stat)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_stat) < 0)
		return -errno;
	if (S_ISDIR(ret_stat->st_mode))
		return -EISDIR;
	return S_ISREG(ret_stat->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

char *debuglink_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

bool debuglink_has_crc(int fd, uint32_t crc)
{
	unsigned char bytes[16384];
	uLong sum = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		sum = crc32(sum, bytes, (uInt)n);
		at += n;
	}
	return n == 0 && sum == crc;
}

/* Takes PATH over, which is NULL if memory is short. */
static int try_path(const struct debuglink *link, char *path, char **ret_path)
{
	_cleanup_free_ char *own_path = path;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!own_path)
		return -1;
	fd = debuglink_open_file(own_path, &st);
	if (fd < 0 || !link->check(link->data, fd, own_path))
		return -1;
	*ret_path = TAKE_PTR(own_path);
	return TAKE_FD(fd);
}

static int try_build_id(const struct debuglink *link, char **ret_path)
{
	_cleanup_free_ char *hex = str_hex(link->build_id, link->n_build_id);

	if (!hex || link->n_build_id < 2)
		return -1;
	return try_path(
		link,
		str_printf("%s%s/.build-id/%.2s/%s.debug", link->root, link->folder, hex, hex + 2),
		ret_path);
}

/* Next to the file, in .debug there, in the same place below the folder, and in the folder. */
static int try_name(const struct debuglink *link, char **ret_path)
{
	_cleanup_free_ char *dir = debuglink_dir(link->file_name);
	const char *root = link->root, *folder = link->folder, *name = link->name;
	int fd = -1;

	if (!dir || strchr(name, '/'))
		return -1;
	/* A file whose link names itself has nothing to add. */
	if (strcmp(str_basename(link->file_name), name) != 0)
		fd = try_path(link, str_printf("%s%s/%s", root, dir, name), ret_path);
	if (fd < 0)
		fd = try_path(link, str_printf("%s%s/.debug/%s", root, dir, name), ret_path);
	if (fd < 0)
		fd = try_path(link, str_printf("%s%s/%s/%s", root, folder, dir, name), ret_path);
	return fd < 0 ? try_path(link, str_printf("%s%s/%s", root, folder, name), ret_path) : fd;
}

int debuglink_open(const struct debuglink *link, char **ret_path)
{
	int fd = link->n_build_id ? try_build_id(link, ret_path) : -1;

	return fd < 0 && link->name && link->file_name ? try_name(link, ret_path) : fd;
}
