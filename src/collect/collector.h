/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From kernel maps to the model: reads events and mapped files, drains the blocks of processes
 * that have ended, takes snapshots of those that run.
 */
#ifndef LT_COLLECT_COLLECTOR_H
#define LT_COLLECT_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "collect/fds.h"
#include "collect/images.h"
#include "collect/space_ids.h"
#include "collect/table.h"
#include "model/areas.h"
#include "model/result.h"

struct collector;

struct collector_options {
	struct images_options images;
	struct table_maps table;
	struct fds_options fds; /* without its images */
	int procs_fd;
	int spaces_fd;
	struct space_ids space_ids;
	int stacks_fd;
	int modules_fd;
	int known_fd;
	int spaces_code_fd;
	int releases_fd;
	int loads_fd;
	int seen_fd;
	int starts_fd;
	/* PID waits until these return: see struct loads. */
	void (*loaded)(void *loads_data, pid_t pid);
	bool (*starts)(void *loads_data, pid_t pid, uint64_t path);
	void *loads_data;
	int events_fd;
	int raws_fd;
	uint64_t start_ns; /* what birth times count from */
	uint64_t max_blocks;
	uint64_t max_blocks_per_process; /* 0: as many as there is room for */
	bool scan;			 /* processes are looked through at their end */
	uint64_t sample_ns;	/* between samples of living processes; 0: none are taken */
	uint64_t older_than_ns; /* younger blocks belong to no site */
	uint64_t sample_bytes;	/* blocks were recorded by chance; 0: all of them were */
	bool peaks;		/* the look at which a process held most is kept */
};

int collector_open(const struct collector_options *options, struct collector **ret_collector,
		   struct diag *diag) _must_check_;
void collector_close(struct collector *collector);
DEFINE_GUARD(struct collector, collector_close)

/* PID gets a space at its next exec: the command, which waits to be let go. */
int collector_arm(struct collector *collector, pid_t pid) _must_check_;

bool collector_traces(const struct collector *collector, pid_t pid);

/*
 * PID gets a space now: a process that runs already. Returns 0, or -EEXIST if it has one by now,
 * since it has called exec.
 */
int collector_attach(struct collector *collector, pid_t pid) _must_check_;

/*
 * Has the unwind table of MODULE ready before a process maps its code, from OFFSET of the file
 * on. Returns 0 or -ENOMEM.
 */
int collector_prepare(struct collector *collector, const struct module *module,
		      uint64_t offset) _must_check_;

/* Adds what wakes the collector up to an epoll instance. */
int collector_watch(struct collector *collector, int epoll_fd) _must_check_;

/*
 * Reads what has happened. Records of the last moment are kept for the next call, since others
 * that belong before them may still be on their way; FLUSH reads those too. Returns 1 if some
 * were kept (call again within a few ms), 0, or a negative errno.
 */
int collector_poll(struct collector *collector, bool flush, struct diag *diag) _must_check_;

/*
 * Only takes what has happened out of the rings, so that there is room, and changes nothing else:
 * for the time in which a report is made.
 */
int collector_read(struct collector *collector, bool flush, struct diag *diag) _must_check_;

/*
 * Moves the blocks of ended processes into their sites. Many short processes share one pass
 * over the table, so that a process costs the same however large the table is: unless FORCE is
 * set, a pass waits until passes take less than a fifth of the time.
 */
int collector_drain(struct collector *collector, bool force) _must_check_;

/* What a scan of the memory of an image has to know. */
struct collector_image {
	VEC(struct live_block) blocks; /* by address, without overlaps */
	VEC(uint64_t) kept;	       /* of these: see collector_keep() */
	const struct areas *areas;     /* what it has mapped; the collector's */
	bool knows_mappings; /* of AREA_PROGRAM is what the program itself has mapped, no more */
	uint32_t process;    /* index in result.processes */
	/* Some of the allocator's memory is older than the trace: attached, or a forked child. */
	bool has_older_memory;
	const struct module *allocator; /* the library that it allocates with; NULL: none */
};

static inline void collector_image_done(struct collector_image *image)
{
	vec_done(&image->blocks);
	vec_done(&image->kept);
}

/*
 * Fills *RET with what SPACE holds now: 1 (then it is to be freed), or 0: it has ended. What
 * follows is collector_judge(), collector_keep() or collector_no_verdict().
 */
int collector_image(struct collector *collector, uint32_t space,
		    struct collector_image *ret) _must_check_;

/* The verdicts on these blocks, in their order; they are the collector's from now on. */
void collector_judge(struct collector *collector, uint32_t space, struct verdicts *verdicts);

/*
 * The process goes on, to release what leads to its memory, and to end: those of its blocks that
 * are reachable by these verdicts do not become lost by that. An earlier call is forgotten. NULL:
 * it could not be looked at, and a scan at its end will say nothing either.
 */
void collector_keep(struct collector *collector, uint32_t space, const struct verdicts *verdicts);

/* The scan of SPACE has ended with ERROR, a negative errno. */
void collector_no_verdict(struct collector *collector, uint32_t space, int error);

/* Calls VISIT for each address space that is alive; its negative result ends the walk. */
int collector_each_space(const struct collector *collector,
			 int (*visit)(void *data, uint32_t space, pid_t pid),
			 void *data) _must_check_;

/*
 * Notes how much memory, descriptors and threads the living processes have, when it is time.
 * Returns in how many ms it is time again, at most MS, or a negative errno.
 */
int collector_sample(struct collector *collector, int ms) _must_check_;

/* How many traced processes are alive. */
size_t collector_n_live(const struct collector *collector);

/* Calls VISIT for each live one. */
void collector_each_live(const struct collector *collector,
			 void (*visit)(void *data, const struct process *process), void *data);

/*
 * Brings processes, sites, totals and losses of the result up to date, with the blocks of
 * living processes as they are now. Sites of earlier reports hand on their growth.
 */
int collector_report(struct collector *collector, uint64_t now_ns) _must_check_;

/* The same between two reports, of which the later one is as if it had not been. */
int collector_look(struct collector *collector, uint64_t now_ns) _must_check_;

#endif
