/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes leave behind when they have ended: a machine that builds something starts
 * thousands, so that a trace of all of them would grow for ever.
 */
#ifndef LT_COLLECT_LEFTOVERS_H
#define LT_COLLECT_LEFTOVERS_H

#include "collect/holdings.h"

/*
 * To be called when spaces were freed. Forgets stacks that nothing refers to; and, where all
 * processes are traced, modules that nothing refers to, and the call sites of those processes that
 * ended first when there are very many: their totals stay, and the result says how many sites
 * those were. What has no call site then shares its record with others, see retired.h.
 */
void leftovers_drop(struct holdings *holdings);

#endif
