/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the programs and maps of the flight recorder. They are a set of their own, small and of
 * fixed size, and need no probes in programs; they are gone when it is closed or the process ends.
 */
#ifndef LT_PROBE_RECORDER_H
#define LT_PROBE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"

struct recorder_options {
	bool chosen_only; /* sample only what recorder_want() and COMM choose, and its children */
	const char *comm; /* the name of a program, or NULL */
};

struct lt_rec_losses;

/* What collect/ reads. */
struct recorder_maps {
	int events_fd;
	int raws_fd;
	volatile uint32_t *period; /* one page fault of so many is sampled */
	const volatile struct lt_rec_losses *losses;
};

struct recorder;

/* What this kernel lacks that is not essential is said in DIAG. */
int recorder_open(const struct recorder_options *options, struct recorder **ret_recorder,
		  struct diag *diag) _must_check_;
void recorder_close(struct recorder *recorder);
DEFINE_GUARD(struct recorder, recorder_close)

struct recorder_maps recorder_maps(const struct recorder *recorder);

/* PID, and what it starts, is sampled. FRESH: it has no memory of its own yet. */
int recorder_want(struct recorder *recorder, pid_t pid, bool fresh, struct diag *diag) _must_check_;

/* Whatever this process starts from now on belongs to the recorder: it is not recorded. */
int recorder_own_children(struct recorder *recorder, struct diag *diag) _must_check_;

/*
 * Where the C library of PID keeps its environment: if it is killed, the variable of pytest is read
 * there. What has no room is not read.
 */
void recorder_set_environ(struct recorder *recorder, pid_t pid, uint64_t address);

#endif
