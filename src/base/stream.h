/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what went into a stream has arrived. */
#ifndef LT_BASE_STREAM_H
#define LT_BASE_STREAM_H

#include <errno.h>
#include <stdio.h>

/*
 * 0, or why not, as far as can be told: a stream keeps what could not be written and tries again,
 * so that a disk that was full once says so again. Else -EIO.
 */
static inline int stream_flush(FILE *to)
{
	if (fflush(to) != 0)
		return -errno;
	return ferror(to) ? -EIO : 0;
}

#endif
