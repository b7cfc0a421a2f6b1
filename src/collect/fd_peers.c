// SPDX-License-Identifier: BSD-2-Clause
/* Other ends, and the iterator that shows them: see fd_peers.h. */
#include "collect/fd_peers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "collect/fd_target.h"

void fd_peers_done(struct fd_peers *peers)
{
	vec_done(&peers->list);
}

int fd_peers_add(struct fd_peers *peers, const struct lt_event_fd *event)
{
	struct fd_peer peer = { .file = event->file, .pid = event->pid };

	if (!fd_target_has_peer(&event->file))
		return 0;
	memcpy(peer.comm, event->comm, sizeof(peer.comm));
	peer.comm[sizeof(peer.comm) - 1] = '\0';
	return vec_push(&peers->list, peer);
}

char *fd_peers_find(const struct fd_peers *peers, const struct lt_file *file)
{
	vec_foreach(peer, &peers->list) {
		if (fd_target_is_peer(file, &peer->file))
			return str_printf("%s, pid %u", peer->comm, peer->pid);
	}
	return NULL;
}

/* A descriptor to read from; older kernels know no filter, and show all to the program's own. */
static int iterator_open(int program_fd, pid_t pid)
{
	union bpf_iter_link_info info = { .task.pid = (uint32_t)pid };
	LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = pid ? &info : NULL,
		    .iter_info_len = pid ? sizeof(info) : 0);
	LIBBPF_OPTS(bpf_link_create_opts, plain);
	_cleanup_close_ int link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, &options);
	int fd;

	if (link < 0 && pid)
		link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, &plain);
	if (link < 0)
		return -errno;
	fd = bpf_iter_create(link);
	return fd < 0 ? -errno : fd;
}

/* Hands on the whole records at the start of the buffer; returns how many bytes those had. */
static ssize_t records_visit(const char *bytes, size_t n, bool with_names,
			     int (*visit)(void *, const struct lt_event_fd *, size_t), void *data)
{
	_Alignas(struct lt_event_fd) char record[sizeof(struct lt_event_fd) + LT_MAX_NAME_BYTES];
	const struct lt_event_fd *event = (const void *)record;
	size_t at = 0;

	while (n - at >= sizeof(*event)) {
		size_t n_name, size;
		int r;

		memcpy(record, bytes + at, sizeof(*event));
		n_name = with_names ? event->file.n_name_bytes & (LT_MAX_NAME_BYTES - 1) : 0;
		size = sizeof(*event) + n_name;
		if (n - at < size)
			break;
		memcpy(record, bytes + at, size);
		r = visit(data, event, size);
		if (r < 0)
			return r;
		at += size;
	}
	return (ssize_t)at;
}

int fd_iterate(int program_fd, volatile uint32_t *of, pid_t pid,
	       int (*visit)(void *data, const struct lt_event_fd *event, size_t n), void *data)
{
	enum { BUFFER_BYTES = 65536 };
	_cleanup_free_ char *buffer = malloc(BUFFER_BYTES);
	_cleanup_close_ int fd = -1;
	size_t n = 0;

	if (!buffer)
		return -ENOMEM;
	*of = (uint32_t)pid;
	fd = iterator_open(program_fd, pid);
	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t got = read(fd, buffer + n, BUFFER_BYTES - n), used;

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		n += (size_t)got;
		used = records_visit(buffer, n, pid != 0, visit, data);
		if (used < 0)
			return (int)used;
		n -= (size_t)used;
		memmove(buffer, buffer + used, n);
	}
}
