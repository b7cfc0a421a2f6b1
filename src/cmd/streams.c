// SPDX-License-Identifier: BSD-2-Clause
/* Standard streams that are closed: see streams.h. */
#include "cmd/streams.h"

#include <fcntl.h>
#include <unistd.h>

void streams_reserve(void)
{
	/* Each one that is closed is the lowest number that is free. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH | O_CLOEXEC) != fd)
			return;
	}
}
