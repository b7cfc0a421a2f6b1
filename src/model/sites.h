/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resources that are still held, folded by call site. A site is what one process image holds
 * from one stack; a group is the same call site over all processes.
 */
#ifndef LT_MODEL_SITES_H
#define LT_MODEL_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/vec.h"
#include "model/estimate.h"
#include "model/verdicts.h"

enum resource_kind {
	KIND_MEMORY,
	KIND_MAPPING,
	KIND_FD,
	KIND_THREAD,
	_KIND_MAX,
};

/* Descriptors and threads are counted, and have no size. */
static inline bool resource_kind_has_bytes(enum resource_kind kind)
{
	return kind == KIND_MEMORY || kind == KIND_MAPPING;
}

/* What is known about a resource that is still held. */
enum resource_class {
	CLASS_OUTSTANDING, /* held; whether anything still points to it is not known */
	CLASS_LOST,
	CLASS_INDIRECT,
	CLASS_REACHABLE,
	CLASS_RETAINED, /* held when its test ended, whatever happened later: others count it too */
	CLASS_GROWTH,	/* more after each run of a repeated test, or at the last mark: the same */
	CLASS_LEAKED,
	CLASS_AT_EXIT,
	CLASS_BEFORE_ATTACH, /* held since before leaktrace looked: nobody saw it being made */
	CLASS_BAD_CLOSE,     /* not held: descriptors were closed that were not open */
	CLASS_PEAK,	     /* held when its process held most: others may count it too */
	_CLASS_MAX,
};

/* Whether what is in a site of this class is held, and is in no site of another class. */
static inline bool resource_class_is_held(enum resource_class class)
{
	return class != CLASS_RETAINED && class != CLASS_GROWTH && class != CLASS_BAD_CLOSE &&
	       class != CLASS_PEAK;
}

/* A site keeps this many of its blocks as examples; n_blocks has the true number. */
enum { SITE_MAX_OBJECTS = 8 };

/* And its size at this many reports. */
enum { SITE_MAX_GROWTH = 64 };

/*
 * A block (ADDRESS, BYTES), a mapping (the same, and what it is of in TARGET), a descriptor (its
 * number in ADDRESS, TARGET, FLAGS), or a thread (its number in ADDRESS, its name in TARGET,
 * ROUTINE).
 */
struct object {
	uint64_t address;
	uint64_t bytes;
	char *target; /* what it refers to; NULL: not known */
	char *flags;  /* "O_RDWR|O_CLOEXEC" */
	/* Id of a stack of one place: the function that a thread was made to run; 0: not known. */
	uint32_t routine;
};

/* What makes two blocks one site. */
struct site_key {
	uint32_t process; /* index in result.processes */
	uint32_t stack;	  /* stack.id */
	uint8_t kind;	  /* enum resource_kind */
	uint8_t class;	  /* enum resource_class */
	uint8_t padding[2];
	uint32_t test; /* number of the test that it was born in, 0: none */
};

struct site {
	struct site_key key;
	UT_hash_handle hh; /* in sites.by_key */
	uint64_t n_blocks;
	uint64_t bytes;
	uint64_t oldest_ns; /* CLOCK_MONOTONIC of the oldest block's birth */
	/* Different births, where blocks are added in the order of time; and the last of them. */
	uint64_t n_births, newest_ns;
	/*
	 * Attached: its amount at each report so far, oldest first, this one last.
	 * CLASS_GROWTH: the same after each run, or at each mark.
	 */
	VEC(uint64_t) growth;
	/* CLASS_LOST: what only these blocks lead to, which is CLASS_INDIRECT elsewhere. */
	uint64_t tree_bytes;
	uint64_t tree_blocks;
	/* CLASS_REACHABLE: what leads to the first of the blocks. */
	struct root_place root;
	uint64_t n_interior; /* blocks to whose start nothing points */
	bool is_leak;	     /* --fail-on names it, and it counts: set by result_judge() */
	/* Number of the suppression that it matches; after judging: without which it is a leak. */
	uint32_t suppression;
	bool in_baseline; /* the baseline has it; after judging: without which it is a leak */
	uint32_t n_objects;
	struct object *objects; /* as many as there are, for there may be very many sites */
};

struct sites {
	VEC(struct site *) items;
	struct site *by_key;
	struct site *last; /* that was added to; NULL: none */
};

void sites_init(struct sites *sites);
void sites_done(struct sites *sites);

/* Counts one more, a copy of OBJECT, born at BIRTH_NS; -ENOMEM leaves all as it was. */
int sites_add(struct sites *sites, const struct site_key *key, const struct object *object,
	      uint64_t birth_ns) _must_check_;

/* The same for what a block stands for that was recorded by chance. */
int sites_add_estimate(struct sites *sites, const struct site_key *key, const struct object *object,
		       const struct estimate *estimate, uint64_t birth_ns) _must_check_;

/* The same for blocks of which nothing more is known. */
int sites_add_amount(struct sites *sites, const struct site_key *key, uint64_t n_blocks,
		     uint64_t bytes, uint64_t birth_ns) _must_check_;

/* Adds to the site what a scan says about a block that was just counted into it. */
void site_add_verdict(struct site *site, const struct verdicts *verdicts,
		      const struct block_verdict *verdict);

struct site *sites_find(const struct sites *sites, const struct site_key *key);

/* Adds all that MORE holds to the site with its key, growth aside. */
int sites_merge(struct sites *sites, const struct site *more) _must_check_;

/* How much it is: bytes of memory and mappings, the number of descriptors and threads. */
uint64_t site_amount(const struct site *site);

/* Whether it held more at each of three or more reports, runs or marks than at the one before. */
bool site_grew_always(const struct site *site);

/* Takes over the sizes at earlier reports and leaves room for one more in SITE_MAX_GROWTH. */
int site_inherit_growth(struct site *site, const struct site *earlier) _must_check_;

/*
 * Drops the sites below MIN_BYTES (of those that have bytes) or MIN_COUNT and returns how many
 * those were: what the user asked not to see, and not to fail on. They stay in the totals.
 */
size_t sites_filter(struct sites *sites, uint64_t min_bytes, uint64_t min_count);

/* Drops the sites that KEEP does not want and returns how many those were. */
size_t sites_keep(struct sites *sites, bool (*keep)(const void *data, const struct site *site),
		  const void *data);

/* The same call site of one test, over all processes. */
struct site_group {
	uint8_t kind;
	uint8_t class;
	uint32_t stack;
	uint32_t test; /* number, 0: none */
	uint64_t n_blocks;
	uint64_t bytes;
	uint64_t oldest_ns;
	int64_t growth;	  /* of the amount since the last report; of CLASS_GROWTH, in all */
	bool grew_always; /* one of its sites did, see site_grew_always() */
	uint32_t n_processes;
	uint64_t tree_bytes; /* as in struct site */
	uint64_t tree_blocks;
	bool is_leak;		  /* one of its sites is one */
	bool is_excused;	  /* none of them is one, thanks to a suppression or the baseline */
	bool in_baseline;	  /* one of its sites is */
	const struct site *first; /* the largest of its sites */
};

struct site_groups {
	VEC(struct site_group *) items; /* by kind, then leaks first, then the biggest first */
	struct site_group *all;		/* that they point to */
};

int sites_group(const struct sites *sites, struct site_groups *ret_groups) _must_check_;
void site_groups_done(struct site_groups *groups);

/* The group that SITE, one of those that were grouped, is in. */
struct site_group *site_groups_find(const struct site_groups *groups, const struct site *site);

const char *resource_kind_name(enum resource_kind kind);    /* "memory" */
const char *resource_class_name(enum resource_class class); /* "at-exit" */

/* The kind with this name, or -EINVAL. */
int resource_kind_parse(const char *name);

/* The class with this name, or -EINVAL. */
int resource_class_parse(const char *name);

#endif
