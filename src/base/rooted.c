// SPDX-License-Identifier: BSD-2-Clause
/* Paths below another root: see rooted.h. */
#include "base/rooted.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

char *rooted_root(pid_t pid)
{
	char link[32], root[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
	n = readlink(link, root, sizeof(root));
	/* One that is too long to be read whole is in front of no path. */
	if (n < 2 || n == (ssize_t)sizeof(root))
		return NULL;
	return strndup(root, (size_t)n);
}

const char *rooted_path(const char *root, const char *path)
{
	size_t n = root ? strlen(root) : 0;

	return n && str_starts_with(path, root) && path[n] == '/' ? path + n : path;
}
