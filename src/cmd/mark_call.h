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
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/cleanup.h"

/* The name of the socket of leaktrace process N, after the NUL byte. */
#define MARK_CALL_PREFIX "leaktrace/"

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

/* The address of leaktrace process PID. */
socklen_t mark_call_address(pid_t pid, struct sockaddr_un *ret);

/* A socket that tells who has sent what; or a negative errno. */
int mark_call_socket(void);

/* The next datagram that is whole, text, and from somebody: 1, 0 if there is none, or -errno. */
int mark_call_receive(int fd, int flags, struct mark_call *ret) _must_check_;

#endif
