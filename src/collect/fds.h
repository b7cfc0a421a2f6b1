/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors, folded by call site: what was open when a process ended, as the programs have told,
 * and what is open in living ones, as the iterator shows it beside what was recorded.
 */
#ifndef LT_COLLECT_FDS_H
#define LT_COLLECT_FDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "collect/fd_peers.h"
#include "collect/images.h"
#include "model/sites.h"

struct fds_options {
	bool wanted; /* descriptors are traced */
	struct images *images;
	int fds_fd; /* the map of what was recorded */
	int bad_closes_fd;
	int iterator_fd;       /* the program */
	volatile uint32_t *of; /* its filter */
	uint64_t older_than_ns;
};

struct fds {
	struct fds_options options;
	struct fd_peers peers;
	bool peers_known; /* since the fold in progress began */
};

void fds_init(struct fds *fds, const struct fds_options *options);
void fds_done(struct fds *fds);

/* What PID has open now was opened before the attach. Returns 0 or a negative errno. */
int fds_attach(struct fds *fds, pid_t pid, uint32_t space) _must_check_;

/* Adds what the ended images that wanted[] names have left open. */
int fds_drain(struct fds *fds, const bool wanted[LT_MAX_SPACES], struct sites *to) _must_check_;

/* Adds what the living images that wanted[] names have open at NOW_NS. */
int fds_report(struct fds *fds, const bool wanted[LT_MAX_SPACES], struct sites *to,
	       uint64_t now_ns) _must_check_;

#endif
