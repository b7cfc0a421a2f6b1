// SPDX-License-Identifier: BSD-2-Clause
/* The files that --suppressions names: see suppression_files.h. */
#include "cmd/suppression_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/str.h"
#include "cmd/user.h"

enum { FILE_MAX_BYTES = 1 << 20 };

static int file_read(const char *path, struct suppressions *suppressions, struct diag *diag)
{
	struct user_rights rights;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t n;
	int r;

	user_rights_lower(&rights);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	r = fd < 0 ? -errno : 0;
	user_rights_restore(&rights);
	if (r == 0)
		r = str_read_fd(fd, FILE_MAX_BYTES, &text, &n);
	if (r == -EFBIG)
		return diag_add(diag, -EINVAL, "%s is larger than 1 MiB", path);
	if (r < 0)
		return diag_add(diag, r, "cannot read %s: %s", path, strerror(-r));
	return suppressions_parse(suppressions, path, text, n, diag);
}

int suppression_files_read(const struct config *config, struct suppressions *suppressions,
			   struct diag *diag)
{
	vec_foreach(path, &config->suppressions) {
		int r = file_read(*path, suppressions, diag);

		if (r < 0)
			return r;
	}
	return 0;
}
