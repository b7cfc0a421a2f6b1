/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How "leaktrace mark" and the leaktrace that traces find and understand each other: datagrams
 * between sockets with abstract names, which are gone with their processes and need no folder. The
 * kernel says who has sent what, and so who may ask, and who may answer.
 */
#ifndef LT_CMD_MARK_CALL_H
#define LT_CMD_MARK_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/cleanup.h"

/* A leaktrace that traces. Two pid namespaces can share a network, and so the names of sockets. */
struct mark_owner {
	pid_t pid;	 /* in its own namespace, */
	uint64_t pid_ns; /* of which this is the inode; 0: /proc does not say */
};

enum {
	MARK_NAME_MAX = 200,  /* bytes of a mark's name */
	MARK_CALL_MAX = 1024, /* bytes of a datagram */
};

/* What came in: a call is "PID NAME" (0: any process), an answer "+" or a reason that begins with
 * "-". */
struct mark_call {
	char text[MARK_CALL_MAX + 1];
	struct sockaddr_un from;
	socklen_t from_bytes;
	pid_t pid; /* of the sender; 0: in another namespace */
	uid_t uid;
};

/* This process, as if it were one. */
struct mark_owner mark_call_self(void);

/* The address of a leaktrace: "leaktrace/PID-NAMESPACE", after the NUL byte. */
socklen_t mark_call_address(const struct mark_owner *owner, struct sockaddr_un *ret);

/* Reads an address without the NUL byte; false if it is none. */
bool mark_call_owner(const char *name, struct mark_owner *ret);

/* A socket that tells who has sent what; or a negative errno. */
int mark_call_socket(void);

/*
 * The next datagram: 1, 0 if there is none, -EBADMSG if it is not whole, no text or from nobody, or
 * another negative errno.
 */
int mark_call_receive(int fd, int flags, struct mark_call *ret) _must_check_;

#endif
