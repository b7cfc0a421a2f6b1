/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call stacks, each once, as places in files: independent of the process they were taken in
 * and of address randomisation, so that the same call site of two processes is one stack.
 */
#ifndef LT_MODEL_STACKS_H
#define LT_MODEL_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"

/*
 * A place in a module. OFFSET is where the code is in the file (for MODULE_ANON and MODULE_NONE,
 * the address itself). It is the place of the call: for a return address, one byte before it,
 * so that line numbers are those of the call.
 */
struct place {
	uint32_t module;
	uint32_t flags; /* PLACE_... */
	uint64_t offset;
};

/* A place that stacks go through, once. */
struct stack_place {
	struct place place;
	uint32_t id;	   /* index in stacks.places, as long as a stack goes through it */
	bool kept;	   /* see stacks_sweep() */
	UT_hash_handle hh; /* in stacks.by_place */
};

/* What is no call: the frame that the kernel makes for a signal handler, and data. */
enum {
	PLACE_SIGNAL = 1,
	PLACE_DATA = 2, /* not code: OFFSET is that of a variable, or of a part of one */
};

/* How a stack was taken and how it ended. */
enum stack_end {
	STACK_COMPLETE,	     /* reached the first function of the thread: a checked fact */
	STACK_FRAME_POINTER, /* by frame pointers: only the first frame is sure */
	STACK_TRUNCATED,     /* more frames than a record holds */
	STACK_UNREADABLE,    /* the target's stack memory could not be read */
	STACK_UNKNOWN_CODE,  /* entered a file or memory without unwind rules */
	STACK_NONE,	     /* could not be taken or sent: a loss names why */
	_STACK_END_MAX,
};

struct stack {
	uint32_t id; /* no other stack ever has it */
	uint32_t n;
	enum stack_end end;
	bool kept;	   /* see stacks_keep() */
	UT_hash_handle hh; /* in stacks.by_places */
	/* Ids of places, innermost first: the first of them called the allocator. */
	uint32_t places[];
};

struct stacks {
	/* By id, which is the index too while nothing was swept. The first is of no frame. */
	VEC(struct stack *) items;
	struct stack *by_places;
	VEC(struct stack_place *) places; /* NULL: a place that no stack goes through any more */
	struct stack_place *by_place;
	VEC(uint32_t) free_places; /* ids of those */
};

int stacks_init(struct stacks *stacks) _must_check_;
void stacks_done(struct stacks *stacks);

/* The stack with these places and this end, added when it is new. */
int stacks_intern(struct stacks *stacks, const struct place *places, size_t n, enum stack_end end,
		  struct stack **ret_stack) _must_check_;

/* The id of PLACE, added when it is new. */
int stacks_add_place(struct stacks *stacks, const struct place *place,
		     uint32_t *ret_id) _must_check_;

/* Whether PLACE was added, and not swept since. */
bool stacks_has_place(const struct stacks *stacks, const struct place *place);

/* As stacks_intern(), of places that were added. */
int stacks_intern_ids(struct stacks *stacks, const uint32_t *ids, size_t n, enum stack_end end,
		      struct stack **ret_stack) _must_check_;

/* The place I of STACK, which has more than I. */
const struct place *stacks_place(const struct stacks *stacks, const struct stack *stack,
				 uint32_t i);

/* The first one for an id that is unknown. */
const struct stack *stacks_get(const struct stacks *stacks, uint32_t id);

/* The index of what stacks_get() returns. */
size_t stacks_index(const struct stacks *stacks, uint32_t id);

/*
 * Processes come and go, and most of what they did leaves nothing behind: forgets all stacks but
 * those that stacks_keep() was called for since the last time, and places that none of these has.
 */
void stacks_keep(struct stacks *stacks, uint32_t id);
void stacks_sweep(struct stacks *stacks);

const char *stack_end_name(enum stack_end end); /* "frame-pointer" */

/* A phrase for a report: "by frame pointers: only the first frame is sure"; NULL if complete. */
const char *stack_end_text(enum stack_end end);

#endif
