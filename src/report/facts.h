/* SPDX-License-Identifier: BSD-2-Clause */
/* What every format has to derive from a result, worked out in one place. */
#ifndef LT_REPORT_FACTS_H
#define LT_REPORT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/result.h"
#include "report/report.h"

/* A copy that is valid UTF-8 without control characters; NULL without memory. */
char *facts_printable(const char *foreign);

/* The frames of PLACE, innermost first: at least one, which may be all unknown. */
const struct frame *facts_frames(const struct result *result, const struct place *place,
				 size_t *ret_n);

/* The module of PLACE; NULL when the address was in none. */
const struct module *facts_module(const struct result *result, const struct place *place);

/*
 * Where the pointer is that keeps a block: "cache_table (cache+0x4040)", "the stack of thread 12";
 * printable, fresh memory; NULL without memory.
 */
char *facts_root(const struct result *result, const struct root_place *root);

/* The name of the function at the first place of a stack, NULL if it cannot be told. */
const char *facts_function(const struct result *result, uint32_t stack);

/* THEN to the moment of the report, never negative: clocks of several processors may differ. */
uint64_t facts_age_ns(const struct result *result, uint64_t then_ns);

/* "cache_insert src/cache.c:88", the first frame of a stack as one name; fresh memory or NULL. */
char *facts_where(const struct result *result, uint32_t stack);

/* "cache_insert", or "libc.so.6+0x1f0a3" where the function is not known; as facts_where(). */
char *facts_frame_name(const struct result *result, const struct place *place,
		       const struct frame *frame);

/* The name of FRAME's source file below the folder TREE (NULL: not known), or NULL. */
const char *facts_in_tree(const struct frame *frame, const char *tree);

/* What was traced: "ctest -j2", "pid 12 (redis-server)"; printable, fresh memory or NULL. */
char *facts_what(const struct result *result);

/* How many processes ran: an image that ended by exec lives on as the next one. */
size_t facts_n_processes(const struct result *result);

/* The exit status that leaktrace ends with; -1: not known yet. */
int facts_exit_status(const struct result *result, const struct report_options *options);

#endif
