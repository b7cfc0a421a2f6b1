/* SPDX-License-Identifier: BSD-2-Clause */
/* Sentences about a whole report that its reader must know. */
#ifndef LT_CMD_NOTES_H
#define LT_CMD_NOTES_H

#include <stdint.h>

#include "model/result.h"

/* How many of the call sites' stacks do not reach the first function of their thread. */
void notes_incomplete_stacks(struct result *result);

/* N_REFUSED: files whose unwind tables found no room. */
void notes_refused_tables(struct result *result, uint64_t n_refused);

/* Attached: which processes have started others that are not followed. */
void notes_untraced(struct result *result);

/* Blocks were recorded by chance, one sample in SAMPLE_BYTES; 0: all were. */
void notes_sampling(struct result *result, uint64_t sample_bytes);

/* All of the machine: there was no room for all that was chosen, and how to choose less. */
void notes_narrower(struct result *result);

/* All of the machine: nothing of it is what was chosen. */
void notes_none(struct result *result);

/* All of the machine: how many call sites of ended processes were forgotten. */
void notes_forgotten(struct result *result);

/* Attached: which processes have an allocator with probes, and have not called it. */
void notes_idle(struct result *result);

/* What runtimes of languages keep to themselves, once for all processes that have the same one. */
void notes_hidden(struct result *result);

/* Python's unittest has run tests without -v, so without their names. */
void notes_unittest(struct result *result);

/* Growth was looked for, and no test ran more than once in one process. */
void notes_growth(struct result *result);

#endif
