// SPDX-License-Identifier: BSD-2-Clause
/* uprobe_multi links by the bpf(2) system call: see multi_link.h. */
#include "probe/multi_link.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

struct link_create {
	struct link_create_attr attr;
	long fd; /* or a negative errno */
};

static int link_create(void *data)
{
	struct link_create *create = data;

	/* A signal to leaktrace's process group is not for this one. */
	syscall(SYS_setsid);
	create->fd = syscall(SYS_bpf, BPF_LINK_CREATE, &create->attr, sizeof(create->attr));
	if (create->fd < 0)
		create->fd = -errno;
	return 0;
}

/*
 * The kernel cannot take breakpoints back for a process that is being killed, and leaves them in
 * place when SIGKILL comes in the middle of this call. So a process of its own makes it, which
 * shares memory and descriptors: it goes on to the end, and closes the link if nobody is left.
 */
static long link_create_apart(struct link_create *create)
{
	_Alignas(16) char stack[16384];
	int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES;
	pid_t pid = clone(link_create, stack + sizeof(stack), flags, create);

	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	return create->fd;
}

int multi_link_open(const struct multi_link_request *request)
{
	struct link_create create = { 0 };

	create.attr = (struct link_create_attr){
		.prog_fd = (uint32_t)request->program_fd,
		.attach_type = (uint32_t)request->attach_type,
		.path = (uintptr_t)request->path,
		.offsets = (uintptr_t)request->offsets,
		.cookies = (uintptr_t)request->cookies,
		.cnt = request->n,
		.multi_flags = request->flags,
		.pid = (uint32_t)request->pid,
	};
	return (int)link_create_apart(&create);
}
