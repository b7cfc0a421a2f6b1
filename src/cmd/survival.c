// SPDX-License-Identifier: BSD-2-Clause
/* What the recorder asks of the kernel for itself: see survival.h. */
#include "cmd/survival.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RESERVE_BYTES = 24 << 20 };

int survival_set(const char *score_adj)
{
	_cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, score_adj, strlen(score_adj)) < 0 ? -errno : 0;
}

/*
 * What a burst of samples and the tables for their unwinding need, taken now: the heap keeps it.
 * When memory has run out there is none to be had.
 */
static void reserve_take(void)
{
	void *reserve;

	mallopt(M_MMAP_THRESHOLD, RESERVE_BYTES + (1 << 20));
	mallopt(M_TRIM_THRESHOLD, 2 * RESERVE_BYTES);
	reserve = malloc(RESERVE_BYTES);
	if (reserve)
		explicit_bzero(reserve, RESERVE_BYTES);
	free(reserve);
}

void survival_prepare(struct diag *diag)
{
	int r = survival_set("-1000");

	if (r < 0)
		diag_add(diag, r,
			 "the OOM killer may choose the recorder itself: "
			 "oom_score_adj cannot be set (%s)",
			 strerror(-r));
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		diag_add(diag, -errno,
			 "the recorder's memory cannot be locked (%s): under pressure "
			 "it may be slow",
			 strerror(errno));
	reserve_take();
}
