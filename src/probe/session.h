/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the BPF programs and maps: loads them in the cheapest form that this kernel knows, puts
 * them on the functions of allocators, and takes all of it away again when it is closed (or
 * when the process ends: the kernel holds nothing that outlives its descriptors).
 */
#ifndef LT_PROBE_SESSION_H
#define LT_PROBE_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "model/sites.h"
#include "probe/allocators.h"
#include "probe/choice.h"
#include "probe/features.h"
#include "probe/signals.h"

struct session_options {
	uint64_t sample_bytes; /* record blocks by chance, one sample in so many bytes; 0: all */
	uint32_t kinds;	       /* what is traced: a bit per enum resource_kind */
	bool releases_apart;   /* what outlived its test is told apart by call site and time */
	bool follow;	       /* children of traced processes are traced */
	const struct lt_choice *choice; /* programs that are traced when they start; NULL: none */
	bool exact_stacks; /* unwind at each allocation, even where the stack is known */
	bool use_tables;   /* stacks by unwind tables, else by frame pointers */
	const struct test_symbol *symbols; /* of test frameworks; at most LT_MAX_SIGNALS */
	size_t n_symbols;
	const struct lt_runner *runners; /* of tests; at most LT_MAX_RUNNERS */
	size_t n_runners;
};

/* What collect/ reads: descriptors of the maps, and two words shared with the programs. */
struct session_maps {
	int procs_fd;
	int spaces_fd;
	int free_spaces_fd;
	int levels_fd;
	int overflow_fd;
	int stacks_fd;
	int rows_fd;
	int granules_fd;
	int rules_fd;
	int modules_fd;
	int known_fd;
	int spaces_code_fd;
	int releases_fd;
	int loads_fd;
	int seen_fd;
	int starts_fd;
	int events_fd;
	int raws_fd;
	int fds_fd;
	int bad_closes_fd;
	int fd_iterator_fd;	   /* the program; -1: descriptors are not traced */
	volatile uint32_t *fds_of; /* its filter */
	int holds_fd;
	volatile uint32_t *last_space;
	volatile uint32_t *level_used;
	volatile uint32_t *level_ready;
	volatile uint32_t *level_wanted;
	volatile uint32_t *overflow_used;
	uint64_t start_ns; /* CLOCK_MONOTONIC that birth times count from */
};

struct session;

int session_open(const struct session_options *options, const struct features *features,
		 struct session **ret_session, struct diag *diag) _must_check_;

/* Whether processes are to wait where a probe holds them: only while somebody lets them go on. */
void session_answer_holds(struct session *session, bool answered);

/* Takes the probes away, all at the same time. What cannot be taken goes with the process. */
void session_close(struct session *session);
DEFINE_GUARD(struct session, session_close)

/*
 * Begins to take all probes off; what was recorded can still be read. session_close() waits until
 * they are gone.
 */
void session_detach(struct session *session);

struct session_maps session_maps(const struct session *session);

/*
 * Puts probes on the sites of ALLOCATOR in the file at PATH (/proc/self/fd/N is fine; LABEL is
 * its name for people), in every process when PID is 0, else in that process.
 */
int session_attach(struct session *session, const char *path, const char *label,
		   const struct allocator *allocator, pid_t pid, struct diag *diag) _must_check_;

/* The same for the signals of test frameworks. */
int session_attach_signals(struct session *session, const char *path, const char *label,
			   const struct signal_sites *sites, pid_t pid,
			   struct diag *diag) _must_check_;

/* Programs that run at the entry of a function. */
enum session_program {
	SESSION_EXIT_BEGINS, /* the cookie is not used */
	SESSION_EXIT_HOLD,
	SESSION_LOADED,
	SESSION_EXEC_BEGINS, /* only if children are followed */
	SESSION_TEARDOWN,
	_SESSION_PROGRAM_MAX,
};

/* An instruction to probe, and what the program is told of it. */
struct probe_point {
	uint64_t offset; /* in the file */
	uint64_t cookie;
};

enum { SESSION_MAX_POINTS = 64 }; /* in one call */

/* Puts PROGRAM on N points of the file at PATH; the rest as for session_attach(). */
int session_attach_points(struct session *session, enum session_program program, const char *path,
			  const char *label, const struct probe_point *points, size_t n, pid_t pid,
			  struct diag *diag) _must_check_;

#endif
