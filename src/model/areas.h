/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that one address space has mapped by calls that were seen: to the byte, each part
 * with the call that made it and on whose behalf. What was mapped before (by the kernel at exec,
 * or before an attach) is not in it. Fed in the order of time by collect/.
 */
#ifndef LT_MODEL_AREAS_H
#define LT_MODEL_AREAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"

/* On whose behalf memory was mapped. */
enum area_owner {
	AREA_PROGRAM,	/* the program's own */
	AREA_ALLOCATOR, /* inside a call of an allocator: what it hands out in blocks */
	AREA_THREAD,	/* a thread's stack, with its thread-local variables (MAP_STACK) */
	AREA_LOADER,	/* the dynamic linker: libraries */
	AREA_LIBRARY,	/* the C library, for itself */
	AREA_FIRST,	/* not known yet: the program, or its allocator that makes itself ready */
	AREA_BEFORE,	/* not known: it is older than the attach */
};

/* What is mapped. */
enum area_backing {
	AREA_ANONYMOUS,
	AREA_SHARED,  /* anonymous, for children too */
	AREA_HEAP,    /* what brk() gives */
	AREA_FILE,    /* a memfd too */
	AREA_SEGMENT, /* of System V */
};

struct area {
	uint64_t start;
	uint64_t end;
	uint64_t id; /* of the call that made it: what is left of one mapping has one id */
	/*
	 * What one pointer keeps: the id of the reservation that it was put into, or its own. Given
	 * by the caller: AREA_HEAP_GROUP.
	 */
	uint64_t group;
	uint64_t birth_ns;
	uint32_t stack;	   /* its index within the space; 0: none */
	uint32_t name;	   /* the caller's number for the file, 0: none; of the segment */
	uint32_t epoch;	   /* of the test that it was born in; 0: none */
	uint8_t owner;	   /* enum area_owner */
	uint8_t backing;   /* enum area_backing */
	uint8_t inherited; /* from the parent, at fork */
	uint8_t wrappers;  /* of the C library between the program and the system call, at most */
};

/* The group of all that brk() gives. */
#define AREA_HEAP_GROUP UINT64_MAX

struct areas {
	/*
	 * Without overlaps, the highest address first: the kernel gives out addresses downwards,
	 * so that most new areas go to the end of the list.
	 */
	VEC(struct area) list;
	/*
	 * Areas that are gone already, for another one took their place, although the call that
	 * unmapped them has not been seen yet: of two threads, the one that got the memory may
	 * come back from the kernel before the one that gave it up.
	 */
	VEC(struct area) owed;
	uint64_t last_id;
};

/* All functions that return int: 0, -ENOMEM (then part of the change is missing) or -EINVAL. */

struct areas *areas_new(void);
void areas_free(struct areas *areas);
DEFINE_GUARD(struct areas, areas_free)

/* What a forked child begins with; NULL without memory. */
struct areas *areas_copy(const struct areas *areas);

/*
 * Memory was mapped; AREA.id is chosen here, and AREA.group unless it is given. FIXED: what was
 * there before is gone. Otherwise the kernel has found a free place, and what seems to be there is
 * owed.
 */
int areas_map(struct areas *areas, const struct area *area, bool fixed) _must_check_;

int areas_unmap(struct areas *areas, uint64_t start, uint64_t end) _must_check_;

/* shmdt(): all that is left of the mapping that begins at START. */
void areas_detach(struct areas *areas, uint64_t start);

/* mremap(): a mapping was moved, grown or shrunk, and stays the same mapping. */
struct area_move {
	uint64_t from;
	uint64_t from_bytes;
	uint64_t to;
	uint64_t to_bytes;
	bool fixed; /* what was at TO is gone */
};

int areas_move(struct areas *areas, const struct area_move *move) _must_check_;

/* The area that holds ADDRESS, or NULL. */
const struct area *areas_find(const struct areas *areas, uint64_t address);

/* The area that holds ADDRESS or is the next one above it, or NULL. For walks: pass area->end. */
const struct area *areas_next(const struct areas *areas, uint64_t address);

/* Gives a name to the files in [START, END) that have none; false: there are none such. */
bool areas_name(struct areas *areas, uint64_t start, uint64_t end, uint32_t name);

/* Whether a file of OWNER is without a name. */
bool areas_want_names(const struct areas *areas, enum area_owner owner);

/*
 * Calls VISIT for each mapping: as an area from the first address that is left of it to the last,
 * with the number of bytes that are left. A negative result ends the walk and is returned.
 */
int areas_each(const struct areas *areas,
	       int (*visit)(void *data, const struct area *mapping, uint64_t bytes),
	       void *data) _must_check_;

#endif
