// SPDX-License-Identifier: BSD-2-Clause
/* uprobe_multi links by the bpf(2) system call: see multi_link.h. */
#include "probe/multi_link.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe/apart.h"

/* The part of union bpf_attr that BPF_LINK_CREATE reads for uprobe_multi. */
struct link_create_attr {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t multi_flags;
	uint32_t pid;
	uint32_t padding;
};

static long link_create(void *data)
{
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, data, sizeof(struct link_create_attr));

	return fd < 0 ? -errno : fd;
}

int multi_link_open(const struct multi_link_request *request)
{
	struct link_create_attr attr = {
		.prog_fd = (uint32_t)request->program_fd,
		.attach_type = (uint32_t)request->attach_type,
		.path = (uintptr_t)request->path,
		.offsets = (uintptr_t)request->offsets,
		.cookies = (uintptr_t)request->cookies,
		.cnt = request->n,
		.multi_flags = request->flags,
		.pid = (uint32_t)request->pid,
	};

	return (int)apart_open(link_create, &attr);
}
