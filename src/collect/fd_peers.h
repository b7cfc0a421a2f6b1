/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds the other end of a pipe or a local connection: the descriptors of all processes of the
 * machine, as the iterator shows them.
 */
#ifndef LT_COLLECT_FD_PEERS_H
#define LT_COLLECT_FD_PEERS_H

#include <sys/types.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "leaktrace/abi.h"

struct fd_peer {
	struct lt_file file;
	uint32_t pid;
	char comm[16];
};

struct fd_peers {
	VEC(struct fd_peer) list; /* those that can be the other end of something */
};

void fd_peers_done(struct fd_peers *peers);

/* Whether FILE may have an other end. */
int fd_peers_add(struct fd_peers *peers, const struct lt_event_fd *event) _must_check_;

/* "nginx (pid 12)", who holds the other end of FILE; fresh memory; NULL: nobody, or no memory. */
char *fd_peers_find(const struct fd_peers *peers, const struct lt_file *file);

/*
 * Reads the descriptors that the iterator PROGRAM_FD shows: those of PID, 0: of all processes.
 * OF is the program's own filter. Calls VISIT with each of them; a negative result ends it.
 */
int fd_iterate(int program_fd, volatile uint32_t *of, pid_t pid,
	       int (*visit)(void *data, const struct lt_event_fd *event, size_t n),
	       void *data) _must_check_;

#endif
