/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every distinct unwind rule of a run, once. A rule keeps its id for good, so that rows of
 * modules compiled later can share it; items[] is what the kernel's array of rules holds.
 */
#ifndef LT_UNWIND_RULES_H
#define LT_UNWIND_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "leaktrace/unwind_abi.h"

struct unwind_rules {
	VEC(struct lt_unwind_rule) items; /* by id; the first ones are LT_UNWIND_RULE_... */
	uint32_t *slots;		  /* open addressing: id + 1, or 0 for an empty slot */
	uint32_t n_slots;		  /* a power of two, more than twice items.n */
	uint64_t n_refused; /* rules that did not fit: what they are for cannot be unwound */
};

int unwind_rules_init(struct unwind_rules *rules) _must_check_;
void unwind_rules_done(struct unwind_rules *rules);

/*
 * The id of RULE, added when it is new; LT_UNWIND_RULE_NONE, counted in n_refused, when there are
 * LT_UNWIND_MAX_RULES of them. -ENOMEM leaves all as it was.
 */
int unwind_rules_intern(struct unwind_rules *rules, const struct lt_unwind_rule *rule) _must_check_;

#endif
