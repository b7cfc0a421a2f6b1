// SPDX-License-Identifier: BSD-2-Clause
/* Descriptors in words: see fd_target.h. */
#include "collect/fd_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/str.h"
#include "collect/fd_service.h"

/* File systems that have no place in <linux/magic.h> of all versions. */
enum { MAGIC_PIDFS = 0x50494446 };

/* What the kernel says whose file is a pipe that is in no directory. */
static bool is_pipe(const struct lt_file *file)
{
	return S_ISFIFO(file->mode);
}

static bool is_inet(const struct lt_file *file)
{
	return file->family == AF_INET || file->family == AF_INET6;
}

static bool is_connected(const struct lt_file *file)
{
	return is_inet(file) && file->remote_port != 0;
}

bool fd_target_has_peer(const struct lt_file *file)
{
	return is_pipe(file) || is_connected(file) || (file->family == AF_UNIX && file->peer);
}

/* Reads, or writes: a descriptor that does both is at either end. */
static bool ends_differ(unsigned a, unsigned b)
{
	return (a & O_ACCMODE) != (b & O_ACCMODE) || (a & O_ACCMODE) == O_RDWR;
}

bool fd_target_is_peer(const struct lt_file *file, const struct lt_file *other)
{
	if (is_pipe(file))
		return is_pipe(other) && file->ino == other->ino && file->magic == other->magic &&
		       file->identity != other->identity &&
		       ends_differ(file->open_flags, other->open_flags);
	if (file->family != other->family || !file->sock || file->sock == other->sock)
		return false;
	if (file->family == AF_UNIX)
		return file->peer == other->sock;
	return is_connected(file) && file->protocol == other->protocol &&
	       file->local_port == other->remote_port && file->remote_port == other->local_port &&
	       memcmp(file->local, other->remote, sizeof(file->local)) == 0 &&
	       memcmp(file->remote, other->local, sizeof(file->remote)) == 0;
}

/* The parts of a name, last one first, as a path. */
static char *path_text(const char *name, size_t n)
{
	char *path = malloc(n + 2), *at = path;

	if (!path)
		return NULL;
	if (n == 0)
		*at++ = '/';
	while (n > 0) {
		size_t start = n - 1;

		while (start > 0 && name[start - 1] != '\0')
			start--;
		*at++ = '/';
		memcpy(at, name + start, n - 1 - start);
		at += n - 1 - start;
		n = start;
	}
	*at = '\0';
	return path;
}

/* What is in no directory is called by its kind and number, or by its maker. */
static char *pseudo_text(const struct lt_file *file, const char *name)
{
	if (file->magic == ANON_INODE_FS_MAGIC)
		return str_printf("anon_inode:%s", name);
	if (file->magic == (uint64_t)MAGIC_PIDFS)
		return strdup("anon_inode:[pidfd]");
	if (strncmp(name, "memfd:", strlen("memfd:")) == 0)
		return strdup(name);
	return str_printf("%s:[%" PRIu64 "]", *name ? name : "file", (uint64_t)file->ino);
}

static char *file_text(const struct lt_file *file, const char *name, size_t n)
{
	_cleanup_free_ char *path = NULL;

	/* Each part ends with a NUL: what does not was not written by the programs. */
	if (n && name[n - 1] != '\0')
		n = 0;
	if (file->flags & LT_FILE_PSEUDO)
		return pseudo_text(file, n ? name : "");
	path = path_text(name, n);
	if (!path)
		return NULL;
	return str_printf("%s%s%s", file->flags & LT_FILE_CUT ? "..." : "", path,
			  file->flags & LT_FILE_DELETED ? " (deleted)" : "");
}

static char *pipe_text(const struct lt_file *file, const char *name, size_t n, const char *peer)
{
	static const char *const ends[] = { "read", "write", "read and write", "" };
	_cleanup_free_ char *path = file->flags & LT_FILE_PSEUDO ?
					    str_printf("pipe:[%" PRIu64 "]", (uint64_t)file->ino) :
					    file_text(file, name, n);

	if (!path)
		return NULL;
	return str_printf("%s %s end, %s%s", path, ends[file->open_flags & O_ACCMODE],
			  peer ? "the other is held by " : "nobody holds the other", peer ?: "");
}

static const char *state_name(const struct lt_file *file)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV",
		[TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2",
		[TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSED",
		[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK",
		[TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};

	if (file->state >= sizeof(names) / sizeof(names[0]) || !names[file->state])
		return "in an unknown state";
	return names[file->state];
}

static char *address_text(int family, const uint8_t *address, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, address, text, sizeof(text)))
		return NULL;
	return str_printf(family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static const char *inet_protocol(const struct lt_file *file)
{
	switch (file->protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	}
	return file->type == SOCK_RAW ? "raw" : "inet";
}

/* Before the name of what is at the other end of such a connection. */
#define DATABASE ", database connection: "

static char *inet_text(const struct lt_file *file, const char *peer)
{
	_cleanup_free_ char *local = address_text(file->family, file->local, file->local_port);
	_cleanup_free_ char *remote = address_text(file->family, file->remote, file->remote_port);
	const char *protocol = inet_protocol(file);
	const char *service = fd_service_of_port(file->remote_port);

	if (!local || !remote)
		return NULL;
	/* Without a state of its own, a datagram socket is either connected or not. */
	if (!is_connected(file) && file->protocol != IPPROTO_TCP)
		return str_printf("%s %s", protocol, local);
	if (!is_connected(file))
		return str_printf("%s %s %s", protocol, local, state_name(file));
	return str_printf("%s %s -> %s %s%s%s%s%s%s", protocol, local, remote, state_name(file),
			  peer ? " (" : "", peer ?: "", peer ? ")" : "", service ? DATABASE : "",
			  service ?: "");
}

static char *unix_text(const struct lt_file *file, const char *name, size_t n, const char *peer)
{
	static const char *const types[] = {
		[SOCK_STREAM] = "stream",
		[SOCK_DGRAM] = "datagram",
		[SOCK_SEQPACKET] = "seqpacket",
	};
	const char *type = file->type < sizeof(types) / sizeof(types[0]) ? types[file->type] : NULL;
	_cleanup_free_ char *address = NULL;
	const char *service = NULL;

	/* An abstract address begins with a NUL, and may have more. */
	if (n && name[0] == '\0')
		address = str_printf("@%.*s", (int)(n - 1), name + 1);
	else
		address = strndup(name, n);
	if (!address)
		return NULL;
	if (file->flags & LT_FILE_PEER)
		service = fd_service_of_path(address);
	return str_printf("unix %s%s%s%s%s%s%s%s%s%s", type ?: "socket", *address ? " " : "",
			  file->flags & LT_FILE_PEER && *address ? "-> " : "", address,
			  file->state == TCP_LISTEN ? " LISTEN" : "", peer ? " (other end: " : "",
			  peer ?: "", peer ? ")" : "", service ? DATABASE : "", service ?: "");
}

static char *socket_text(const struct lt_file *file, const char *name, size_t n, const char *peer)
{
	if (is_inet(file))
		return inet_text(file, peer);
	switch (file->family) {
	case AF_UNIX:
		return unix_text(file, name, n, peer);
	case AF_NETLINK:
		return str_printf("netlink socket, protocol %u", file->protocol);
	case AF_PACKET:
		return strdup("packet socket");
	case AF_VSOCK:
		return strdup("vsock socket");
	}
	return str_printf("socket of family %u", file->family);
}

char *fd_target_text(const struct lt_file *file, const char *name, size_t n, const char *peer)
{
	if (S_ISSOCK(file->mode) && file->sock)
		return socket_text(file, name, n, peer);
	if (is_pipe(file))
		return pipe_text(file, name, n, peer);
	return file_text(file, name, n);
}

char *fd_target_flags(const struct lt_file *file)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_NOACCESS" };
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {
		{ O_APPEND, "|O_APPEND" },	 { O_NONBLOCK, "|O_NONBLOCK" },
		{ O_SYNC, "|O_SYNC" },		 { O_DIRECT, "|O_DIRECT" },
		{ O_NOATIME, "|O_NOATIME" },	 { O_TMPFILE, "|O_TMPFILE" },
		{ O_DIRECTORY, "|O_DIRECTORY" },
	};
	char text[128];
	size_t n = 0;

	if (file->open_flags & O_PATH)
		n += (size_t)snprintf(text, sizeof(text), "O_PATH");
	else
		n += (size_t)snprintf(text, sizeof(text), "%s",
				      modes[file->open_flags & O_ACCMODE]);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		/* O_TMPFILE holds the bits of O_DIRECTORY. */
		if (flags[i].flag == O_DIRECTORY && (file->open_flags & O_TMPFILE) == O_TMPFILE)
			continue;
		if ((file->open_flags & flags[i].flag) == flags[i].flag)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", flags[i].name);
	}
	if (file->flags & LT_FILE_CLOEXEC)
		snprintf(text + n, sizeof(text) - n, "|O_CLOEXEC");
	return strdup(text);
}
