// SPDX-License-Identifier: BSD-2-Clause
/* Datagrams about marks: see mark_call.h. */
#include "cmd/mark_call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "leaktrace/"

struct mark_owner mark_call_self(void)
{
	struct mark_owner self = { .pid = getpid() };
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) == 0)
		self.pid_ns = st.st_ino;
	return self;
}

socklen_t mark_call_address(const struct mark_owner *owner, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, PREFIX "%d-%" PRIu64,
		     (int)owner->pid, owner->pid_ns);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

bool mark_call_owner(const char *name, struct mark_owner *ret)
{
	int end = 0;

	return sscanf(name, PREFIX "%9d-%20" SCNu64 "%n", &ret->pid, &ret->pid_ns, &end) == 2 &&
	       ret->pid > 0 && end && !name[end];
}

int mark_call_socket(void)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int on = 1, found;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	found = fd;
	fd = -1;
	return found;
}

/* Who has sent it: the kernel has written that, or nobody. */
static bool sender_find(struct msghdr *message, struct mark_call *call)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		struct ucred sender;

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS ||
		    part->cmsg_len < CMSG_LEN(sizeof(sender)))
			continue;
		memcpy(&sender, CMSG_DATA(part), sizeof(sender));
		call->pid = sender.pid;
		call->uid = sender.uid;
		return true;
	}
	return false;
}

int mark_call_receive(int fd, int flags, struct mark_call *ret)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} parts;

	struct iovec bytes = { ret->text, MARK_CALL_MAX };
	struct msghdr message = {
		.msg_name = &ret->from,
		.msg_namelen = sizeof(ret->from),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &parts,
		.msg_controllen = sizeof(parts),
	};
	ssize_t n = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	ret->text[n] = '\0';
	ret->from_bytes = message.msg_namelen;
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || n == 0 ||
	    strlen(ret->text) != (size_t)n || !sender_find(&message, ret))
		return -EBADMSG;
	return 1;
}
