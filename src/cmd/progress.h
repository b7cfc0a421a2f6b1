/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens while symbols are looked for: a line on a terminal, and whoever waits is called. */
#ifndef LT_CMD_PROGRESS_H
#define LT_CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/modules.h"

/* The line on standard error that says how far the search for symbols is. */
struct progress {
	void (*wait)(void *data); /* called while the search goes on; NULL: nobody waits */
	void *wait_data;
	bool wanted;
	bool shown;
	uint64_t next_ms; /* when it is due */
	size_t n_done;	  /* places */
	size_t n_all;
};

void progress_begin(struct progress *progress, size_t n_places);

/* For the symbolizer, which calls it at every place: quick when there is nothing to do. */
void progress_step(void *data, const struct module *module, uint64_t fetched);
void progress_end(struct progress *progress);

#endif
