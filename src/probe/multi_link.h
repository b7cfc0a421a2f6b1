/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uprobe_multi links by the bpf(2) system call: libbpf 1.1 does not know them. To be replaced by
 * bpf_program__attach_uprobe_multi() once every supported distribution has libbpf 1.3.
 */
#ifndef LT_PROBE_MULTI_LINK_H
#define LT_PROBE_MULTI_LINK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* enum bpf_attach_type of newer kernels (include/uapi/linux/bpf.h, Linux 6.6 and 6.13). */
enum {
	ATTACH_UPROBE_MULTI = 48,
	ATTACH_UPROBE_SESSION = 57,
};

/* BPF_F_UPROBE_MULTI_RETURN: the program runs at the function's return. */
enum { MULTI_LINK_RETURN = 1 };

struct multi_link_request {
	int program_fd;
	int attach_type;
	uint32_t flags;
	const char *path;	 /* the file; a /proc/self/fd/N path is fine */
	const uint64_t *offsets; /* in the file, N of them */
	const uint64_t *cookies;
	uint32_t n;
	pid_t pid; /* 0: every process that maps the file */
};

/* Returns the link's descriptor (closing it removes the probes) or a negative errno. */
int multi_link_open(const struct multi_link_request *request) _must_check_;

#endif
