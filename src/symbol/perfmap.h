/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of generated code, from the perf maps that JIT compilers write: lines of "START SIZE NAME"
 * in /tmp/perf-PID.map, as the process sees it. Called by the symbolizer for memory without file.
 */
#ifndef LT_SYMBOL_PERFMAP_H
#define LT_SYMBOL_PERFMAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

/* Whose map is believed when the process has ended, and can say neither owner nor age. */
struct perfmap_trust {
	uid_t user;	 /* besides root and ourselves */
	int64_t since_s; /* by the clock: an older map is that of another process with this pid */
};

/*
 * Opens the map of process PID: in its own root while it lives, else in ours. -ENOENT if there is
 * none; another negative errno, with a sentence in DIAG, if there is one that is not believed.
 */
int perfmap_open(pid_t pid, const struct perfmap_trust *trust, struct diag *diag) _must_check_;

/*
 * Sets NAMES[i] to fresh memory with the name of the code around ADDRESSES[i], or NULL; the
 * addresses are sorted. Of several lines for one address the last counts: code is moved and
 * replaced. 0 or -ENOMEM.
 */
int perfmap_find(int fd, const uint64_t *addresses, size_t n, char **names) _must_check_;

#endif
