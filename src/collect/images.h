/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process images that are alive, or ended and not yet drained: what is known of each space
 * besides its blocks. Fed with records in the order of time.
 */
#ifndef LT_COLLECT_IMAGES_H
#define LT_COLLECT_IMAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"
#include "collect/image_maps.h"
#include "collect/image_peak.h"
#include "collect/record.h"
#include "collect/retired.h"
#include "leaktrace/abi.h"
#include "model/areas.h"
#include "model/mappings.h"
#include "model/result.h"
#include "model/threads.h"

/* A block, so that it is not taken for a later one at its address. */
struct image_block {
	uint64_t address;
	uint64_t bytes;
	uint32_t stack; /* its index within the space */
	uint32_t birth; /* as in struct table_block */
};

struct image {
	uint32_t space;
	uint32_t process; /* index in result.processes */
	pid_t pid;
	bool ended;
	struct image_maps *maps;
	struct areas *areas;	/* what its calls have mapped, data and code */
	VEC(char *) names;	/* of files among the areas, by area.name - 1 */
	uint64_t brk;		/* the end of its heap; 0: not known yet */
	VEC(uint32_t) judged;	/* places in the table of the blocks that a scan is looking at */
	struct image_peak peak; /* if that is wanted */
	VEC(struct image_block) kept; /* reachable when it began to tear down, by address */
	bool not_kept;		      /* what was reachable then is not known */
	struct verdicts *verdicts;    /* of the scan at its end, or the last one; NULL: none */
	struct threads threads;	      /* that it has made */
	VEC(uint32_t) stacks;	   /* by index within the space: id of the stack, 0: not received */
	VEC(uint64_t) hashes;	   /* keys to delete from lt_stacks when the space is freed */
	VEC(uint64_t) known;	   /* and from lt_known */
	uint64_t known_generation; /* of the code that these are about */
	VEC(struct lt_event_fd *) fds; /* open at its end, or at the moment that is looked at */
};

/* A running process: what it maps now. Its image is found through the space's events. */
struct image_pid {
	pid_t pid;
	struct image_maps *maps;
	UT_hash_handle hh;
};

/* What the owner says about a file that a traced process has mapped. */
struct image_module {
	const char *allocator; /* its name if it is one, else NULL */
	bool attached;	       /* there are probes on its functions */
	bool loader;	       /* programs wait in it until what they map has been looked at */
	uint64_t probed_ns;    /* since when, both; CLOCK_MONOTONIC */
	const char *missing;   /* why a program has no allocator; NULL: it is none, or has one */
	const char *hides;     /* what of its objects no allocator gives; NULL: nothing known */
};

struct image_table;

struct images_options {
	bool follow; /* children are traced too */
	bool every;  /* any process may be traced from its next exec on */
	struct result *result;
	struct modules *modules;
	struct stacks *stacks;
	/* Called for each file mapped by PID, again for each mapping. */
	struct image_module (*module_mapped)(void *data, struct module *module, pid_t pid);
	/* Unwinds a copied stack; returns the number of PCS filled in. */
	size_t (*unwind_raw)(void *data, const struct mappings *mappings,
			     const struct lt_event_raw *raw, uint64_t *pcs, size_t max,
			     enum lt_stack_end *ret_end);
	/* Where the unwind table for MODULE is, mapped from OFFSET on. Returns 0 or -ENOMEM. */
	int (*module_table)(void *data, const struct module *module, uint64_t offset,
			    struct lt_module *ret);
	/*
	 * How the kernel will name the part of MODULE's file that begins at OFFSET: true once for
	 * each. What cannot be told beforehand, the programs ask for.
	 */
	bool (*module_key)(void *data, const struct module *module, uint64_t offset,
			   struct lt_module_key *ret);
	/* Tells the programs; NULL: there is no table any more. */
	void (*module_publish)(void *publish_data, const struct lt_module_key *key,
			       const struct lt_module *table);
	/* Nothing refers to MODULE any more: it goes. Then, once for all of them: they are gone. */
	void (*module_gone)(void *data, const struct module *module);
	void (*modules_gone)(void *data);
	/* What concerns tests, in the order of time. Each returns 0 or -ENOMEM. */
	void *test_data;
	int (*test_signal)(void *test_data, const struct test_signal *signal);
	int (*test_process)(void *test_data,
			    uint32_t process); /* its command is known, or it ended */
	/* Makes them forget a stack that cannot come again. */
	void (*known_drop)(void *publish_data, const uint64_t *keys, size_t n);
	void *publish_data;
	void *data;
};

/* Where what an image holds is added up. */
struct image_fold {
	struct sites *to;
	uint64_t now_ns;	/* of the report, or the end of the image */
	uint64_t older_than_ns; /* what is younger belongs to no site */
};

struct images {
	struct images_options options;
	struct image *by_space[LT_MAX_SPACES];
	struct image_pid *by_pid;
	struct image_table *tables; /* see image_tables.h */
	size_t n_live;
	size_t n_ended;		 /* and not yet drained */
	uint64_t n_ended_blocks; /* what they have in the table of live blocks, at most */
	struct retired retired;
	uint64_t n_without_memory;
};

void images_init(struct images *images, const struct images_options *options);
void images_done(struct images *images);

/* PID will be traced from its next exec on: what it maps until then does not matter. */
int images_expect(struct images *images, pid_t pid) _must_check_;

/* PID will be traced: follow its mappings from now on, starting with what procfs knows. */
int images_watch(struct images *images, pid_t pid) _must_check_;

/* Applies one record; those of processes that are not traced are passed over. */
void images_apply(struct images *images, const struct record *record,
		  const struct lt_space *spaces);

/* The image of a space, made from the facts in SPACES if its event was lost; NULL: no memory. */
struct image *images_get(struct images *images, uint32_t space, const struct lt_space *spaces);

/* The image has ended: what the kernel has noted goes into its process. */
void images_end(struct images *images, struct image *image, const struct lt_space *spaces);

/* Copies the counts of a space into the totals and losses of its process. */
void image_count(const struct images *images, const struct image *image,
		 const struct lt_space *spaces);

/* The verdicts that hold for it now, or NULL: one from before its end says nothing about it. */
const struct verdicts *image_verdicts(const struct image *image);

/* Forgets an image that has been drained. */
void images_drop(struct images *images, struct image *image);

struct process *image_process(const struct images *images, const struct image *image);

/* The id of a stack of the image by its index in the space. */
uint32_t image_stack(const struct image *image, uint32_t index);

/* The same for a stack that is named together with its space. */
uint32_t images_stack(const struct images *images, uint32_t space, uint32_t index);

#endif
