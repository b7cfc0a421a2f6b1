/* SPDX-License-Identifier: BSD-2-Clause */
/* A uprobe as a perf event, with a program behind it: what kernels without multi links have. */
#ifndef LT_PROBE_PERF_LINK_H
#define LT_PROBE_PERF_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct perf_link_request {
	int program_fd;
	bool at_return;
	const char *path; /* the file; a /proc/self/fd/N path is fine */
	uint64_t offset;  /* in the file */
	uint64_t cookie;
	pid_t pid; /* 0: every process that maps the file */
};

/* Returns the link's descriptor (closing it removes the probe) or a negative errno. */
int perf_link_open(const struct perf_link_request *request) _must_check_;

#endif
